"""CSV files of several password managers."""

from __future__ import annotations

import pytest

from strongbox.exceptions import Invalid
from strongbox.one_time_code import seed_of
from strongbox.transfer import imports, spreadsheet
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
    "Apple": ('Title,URL,Username,Password,Notes,OTPAuth\nBank,https://bank.example,anna,"s,e""c","two\nlines",\n'),
    "Dashlane": (
        "username,username2,username3,title,password,note,url,category,otpSecret\n"
        'anna,,,Bank,"s,e""c","two\nlines",https://bank.example,,\n'
    ),
    "Proton Pass": (
        "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault\n"
        'login,Bank,https://bank.example,anna,,"s,e""c","two\nlines",,,,\n'
    ),
    "semicolons": 'title;username;password;url;notes\nBank;anna;"s,e""c";https://bank.example;"two\nlines"\n',
    "tabs": 'title\tusername\tpassword\turl\tnotes\nBank\tanna\t"s,e""c"\thttps://bank.example\t"two\nlines"\n',
    "KeePass 2": (
        '"Account","Login Name","Password","Web Site","Comments"\n'
        '"Bank","anna","s,e\\"c","https://bank.example","two\nlines"\n'
    ),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_the_export_of_another_program_is_understood(program: str) -> None:
    found = imports.read(EXPORTS[program].encode())
    assert found.drafts == [EXPECTED]
    assert found.is_whole


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_in_another_encoding_is_understood(encoding: str, newline: str) -> None:
    text = newline.join(["title;password", "Übung ✓;geheim", ""])
    assert imports.read(text.encode(encoding)).drafts == [Draft(title="Übung ✓", secret="geheim")]


def test_a_backslash_of_keepass_is_one_backslash() -> None:
    text = '"Account","Login Name","Password","Web Site","Comments"\n"x","DOMAIN\\\\anna","a\\"\\\\","",""\n'
    assert imports.read(text.encode()).drafts == [Draft(title="x", username="DOMAIN\\anna", secret='a"\\')]


def test_firefox_has_no_titles_so_the_address_serves() -> None:
    (draft,) = imports.read(b'"url","username","password","httpRealm"\n"https://bank.example","anna","s",""\n').drafts
    assert (draft.title, draft.secret) == ("https://bank.example", "s")


def test_what_is_exported_comes_back_the_same() -> None:
    drafts = [
        EXPECTED,
        Draft(title="=1+1", secret="@x", tags=("a", "b c", "semi;colon"), otp="JBSWY3DPEHPK3PXP"),
        Draft(title="ünïcode ✓", notes='"quoted"\n\n,', secret="-----BEGIN\r\nAAAA\n-----END\n"),
        Draft(title="x", otp=seed_of("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256&digits=8")),
    ]
    found = imports.read(b"".join(spreadsheet.write(drafts)))
    assert found.drafts == drafts
    assert found.is_whole


def test_semicolons_separate_the_tags_of_other_programs() -> None:
    (draft,) = imports.read(b"Title,Password,Tags\nx,y,one;two,\n").drafts
    assert draft.tags == ("one", "two")


def test_what_has_no_field_goes_into_the_notes_and_is_said() -> None:
    found = imports.read(
        b"folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n"
        b'Work,1,login,Bank,mine,"PIN: 1234\nRecovery: abc",1,,anna,s,\n'
        b",,note,Other,,,0,,,,,beyond\n"
    )
    assert found.unknown == ["favorite", "fields", "reprompt", "type", "more"]
    assert [draft.notes for draft in found.drafts] == [
        "mine\nfavorite: 1\nfields: PIN: 1234\nRecovery: abc\nreprompt: 1",
        "type: note\nmore: beyond",
    ]


def test_of_two_columns_for_one_field_none_is_lost() -> None:
    found = imports.read(b"name,email,username,password\nBank,a@x.example,anna,s\nShop,b@x.example,,t\n")
    assert [(draft.username, draft.notes) for draft in found.drafts] == [
        ("anna", "email: a@x.example"),
        ("b@x.example", ""),
    ]
    assert found.unknown == ["email"]


@pytest.mark.parametrize(
    ("column", "value", "kept", "remark"),
    [
        ("totp", "steam://ABC", "One-time code: steam://ABC", "One-time code: Steam's codes are letters of a kind"),
        ("totp", "otpauth://[x", "One-time code: otpauth://[x", "One-time code: This address of one-time codes can't"),
        ("url", "u" * 2001, "Address: " + "u" * 2001, "Address: url: This must have from 0 to 2000 characters."),
        ("username", "u" * 501, "User name: " + "u" * 501, "User name: username: This must have from 0 to 500"),
        (
            "tags",
            ",".join(f"t{number}" for number in range(21)),
            "Tags: " + ", ".join(f"t{number}" for number in range(21)),
            "Tags: tags: There can be at most 20 tags.",
        ),
        ("notes", "plain", "plain", ""),
    ],
)
def test_what_its_field_can_not_hold_goes_into_the_notes(column: str, value: str, kept: str, remark: str) -> None:
    found = imports.read(f'title,password,{column}\nbefore,x,\nBank,secret,"{value}"\n'.encode())
    before, draft = found.drafts
    assert before == Draft(title="before", secret="x")
    assert (draft.secret, draft.notes) == ("secret", kept)
    assert found.moved.get(3, "").startswith(remark)
    assert bool(found.moved) == bool(remark)


def test_a_title_that_is_too_long_is_cut_and_whole_in_the_notes() -> None:
    found = imports.read(b"title,password\n" + b"x" * 201 + b",y\n")
    assert found.drafts == [Draft(title="x" * 200, secret="y", notes="Title: " + "x" * 201)]
    assert found.moved == {2: "Title: it is longer than 200 characters."}


def test_a_line_that_can_not_be_kept_is_named_and_the_others_are_kept() -> None:
    text = 'title,password,notes\nfirst,"a\nb",\n' + "bad," + "x" * 5001 + ",\nnull,\x00,\nlast,z,\n"
    found = imports.read(text.encode())
    assert [draft.title for draft in found.drafts] == ["first", "last"]
    assert found.lines == 4
    assert found.refused == {
        4: "secret: This must have from 0 to 5000 characters.",
        5: "secret: This is not of the right form.",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The first line must name the columns"),
        (b"a,b\n1,2\n", "The first line must name the columns"),
        (b"\xff\xfe\x00", "not text in UTF-8 or UTF-16"),
        (b"title,password\nMot cl\xe9,x\n", "not text in UTF-8 or UTF-16"),
        (b'title,password\nx,y\n"open,x', "not a CSV file: line 3: unexpected end of data"),
        (b"title,password\n" + b"x,y\n" * 10_001, "more than 10000 records"),
        (b"PK\x03\x04\x00\x00" * 100, "first line must name|not a CSV"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        imports.read(content)
