"""Records in and out, by the pages."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from strongbox.services import Services
from strongbox.vault import cipher
from tests.api.conftest import Program
from tests.conftest import STRONG
from tests.visitor import Visitor
from tests.web.test_records import upload

PASSPHRASE = "a phrase for the copy"


def test_an_export_can_be_imported_by_somebody_else(anna: Visitor, ben: Visitor) -> None:
    anna.keep(title="Bank", secret="kept")
    file = anna.post("/transfer/export", {"password": STRONG})
    assert file.headers["Content-Disposition"] == "attachment; filename=strongbox.csv"
    assert file.headers["Cache-Control"] == "no-store"
    assert ben.post("/transfer/import", {"file": upload(file.data)}).location == "/records"
    assert "Bank" in ben.get("/records").text


def test_the_database_can_be_taken_along_and_opened_with_ones_own_passphrase(
    anna: Visitor, parts: Services, tmp_path: Path
) -> None:
    anna.keep(title="Bank", secret="kept")
    copy = tmp_path / "copy.db"
    with anna.post("/transfer/copy", {"password": STRONG, "passphrase": PASSPHRASE}) as answer:
        copy.write_bytes(answer.data)
    assert b"Bank" not in copy.read_bytes()
    reader = cipher.sqlcipher.connect(str(copy))
    reader.execute(f"PRAGMA key = '{PASSPHRASE}'")
    assert reader.execute("SELECT title, secret FROM records").fetchall() == [("Bank", "kept")]
    reader.close()
    assert {path.name for path in parts.vaults.root.glob("*/*/*")} == {"key.json", "records.db"}


@pytest.mark.parametrize("path", ["/transfer/export", "/transfer/copy", "/account/delete"])
def test_the_password_is_asked_for_again_and_can_not_be_guessed_there(anna: Visitor, path: str) -> None:
    answers = [anna.post(path, {"password": "wrong", "passphrase": PASSPHRASE}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert "The password is wrong." in answers[0].text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/transfer/export", {}),
        ("/transfer/copy", {"password": STRONG, "passphrase": "short"}),
        ("/account/delete", {}),
        ("/account/password", {"password": STRONG}),
        ("/account/password", {"password": STRONG, "new_password": "password123"}),
    ],
)
def test_an_incomplete_form_is_said_beside_its_field(anna: Visitor, path: str, form: dict[str, object]) -> None:
    answer = anna.post(path, form)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


SECRET = "s" * 5001
FILE = f"title,password,totp,fields\ngood,x,,\nlong,{SECRET},,\nodd,y,hotp!,PIN 1234\n".encode()
KEY = re.compile(r'name="key" value="([^"]+)"')


def preview(visitor: Visitor, content: bytes) -> str:
    answer = visitor.post("/transfer/import", {"file": upload(content)})
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def confirm(visitor: Visitor, page: str, **form: str) -> TestResponse:
    found = KEY.search(page)
    assert found
    return visitor.post("/transfer/import/confirm", {"key": found[1], **form})


def test_a_file_with_odd_lines_is_shown_first_and_the_rest_of_it_imported(anna: Visitor, program: Program) -> None:
    page = preview(anna, FILE)
    assert "Import 2 of 3?" in page
    assert "Line 3: secret: This must have from 0 to 5000 characters." in page
    assert "Line 4: One-time code: A seed is written in" in page
    assert "fields. What they hold goes into the notes" in page
    assert SECRET not in page
    assert program.call("GET", "/records").json["total"] == 0
    assert confirm(anna, page).location == "/records"
    assert "2 records imported" in anna.get("/records").text
    found = program.call("GET", "/records?q=odd").json["items"][0]["id"]
    kept = program.call("GET", f"/records/{found}").json
    assert (kept["secret"], kept["notes"]) == ("y", "fields: PIN 1234\nOne-time code: hotp!")


def test_the_second_import_of_a_file_offers_to_skip_what_is_here(anna: Visitor, program: Program) -> None:
    file = b"title,password\nfirst,x\nsecond,y\n"
    assert anna.post("/transfer/import", {"file": upload(file)}).location == "/records"
    page = preview(anna, file + b"third,z\n")
    assert "Skip 2 that are here already" in page
    assert confirm(anna, page, skip_known="yes").status_code == 302
    assert program.call("GET", "/records").json["total"] == 3
    page = preview(anna, file)
    assert confirm(anna, page).status_code == 302
    assert program.call("GET", "/records").json["total"] == 5


def test_an_import_that_waits_can_be_read_by_nobody_else_and_done_once(
    anna: Visitor, ben: Visitor, parts: Services, program: Program
) -> None:
    page = preview(anna, FILE + b"canary-title,canary-secret,,\n")
    waiting = list(parts.vaults.root.glob("*/*/import.bin"))
    assert len(waiting) == 1
    assert b"canary" not in waiting[0].read_bytes()
    assert waiting[0].stat().st_mode & 0o777 == 0o600
    hers, his = (parts.vaults.paths(account.id).folder / "import.bin" for account in parts.directory.accounts())
    his.write_bytes(hers.read_bytes())
    assert confirm(ben, page).status_code == 409
    assert confirm(anna, page).status_code == 302
    assert not hers.exists()
    again = confirm(anna, page)
    assert again.status_code == 409
    assert "This import is over" in again.text
    assert program.call("GET", "/records").json["total"] == 3


@pytest.mark.parametrize("key", ["", "x", "ü", "A" * 44])
def test_a_made_up_key_imports_nothing(anna: Visitor, key: str) -> None:
    preview(anna, FILE)
    assert anna.post("/transfer/import/confirm", {"key": key}).status_code == 409


def test_an_import_that_is_given_up_is_forgotten(anna: Visitor, parts: Services) -> None:
    page = preview(anna, FILE)
    anna.get("/transfer")
    assert list(parts.vaults.root.glob("*/*/import.bin")) == []
    assert confirm(anna, page).status_code == 409


def test_a_file_of_which_nothing_can_be_kept_offers_nothing(anna: Visitor) -> None:
    page = preview(anna, f"title,password\nlong,{SECRET}\n".encode())
    assert "Import 0 of 1?" in page
    assert KEY.search(page) is None


def test_an_import_without_a_file_is_said(anna: Visitor) -> None:
    assert "The first line must name" in anna.post("/transfer/import").text
