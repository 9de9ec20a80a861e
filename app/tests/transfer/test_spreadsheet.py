"""CSV files of several password managers."""

from __future__ import annotations

import pytest

from strongbox.exceptions import Invalid
from strongbox.transfer import spreadsheet
from strongbox.vault.record import Draft

EXPECTED = Draft(title="Bank", username="anna", secret='s,e"c', url="https://bank.example", notes="two\nlines")

EXPORTS = {
    "Bitwarden": (
        "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n"
        ',,login,Bank,"two\nlines",,0,https://bank.example,anna,"s,e""c",\n'
    ),
    "KeePassXC": (
        '"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"\n'
        '"","Bank","anna","s,e""c","https://bank.example","two\nlines","","0","",""\n'
    ),
    "Chrome": 'name,url,username,password,note\nBank,https://bank.example,anna,"s,e""c","two\nlines"\n',
    "1Password": (
        "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n"
        'Bank,https://bank.example,anna,"s,e""c",,false,false,,"two\nlines"\n'
    ),
    "LastPass": (
        'url,username,password,totp,extra,name,grouping,fav\nhttps://bank.example,anna,"s,e""c",,"two\nlines",Bank,,0\n'
    ),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_the_export_of_another_program_is_understood(program: str) -> None:
    assert spreadsheet.read(EXPORTS[program].encode()) == [EXPECTED]


def test_firefox_has_no_titles_so_the_address_serves() -> None:
    (draft,) = spreadsheet.read(b'"url","username","password","httpRealm"\n"https://bank.example","anna","s",""\n')
    assert (draft.title, draft.secret) == ("https://bank.example", "s")


def test_what_is_exported_comes_back_the_same() -> None:
    drafts = [
        EXPECTED,
        Draft(title="=1+1", secret="@x", tags=("a", "b c"), otp="JBSWY3DPEHPK3PXP"),
        Draft(title="ünïcode ✓", notes='"quoted"\n\n,'),
    ]
    assert spreadsheet.read(b"".join(spreadsheet.write(drafts))) == drafts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The first line must name the columns"),
        (b"a,b\n1,2\n", "The first line must name the columns"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b'title,password\n"open,x', "not a CSV file"),
        (b"title,password,totp\nx,y,!!!\n", "Line 2 can't be kept: A seed is written"),
        (b"title,password\n" + b"x" * 201 + b",y\n", "Line 2 can't be kept: title"),
        (b"title,password\n" + b"x,y\n" * 10_001, "more than 10000 records"),
        (b"PK\x03\x04\x00\x00" * 100, "first line must name|not a CSV"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        spreadsheet.read(content)
