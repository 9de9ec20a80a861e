"""Records in and out, by the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongbox.services import Services
from strongbox.vault import cipher
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


def test_a_wrong_file_adds_nothing(anna: Visitor) -> None:
    answer = anna.post("/transfer/import", {"file": upload(b"title,password,totp\ngood,x,\nbad,x,!!\n")})
    assert answer.status_code == 422
    assert "Line 3 can&#39;t be kept" in answer.text
    assert "Nothing here yet" in anna.get("/records").text


def test_an_import_without_a_file_is_said(anna: Visitor) -> None:
    assert "The first line must name" in anna.post("/transfer/import").text
