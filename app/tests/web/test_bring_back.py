"""An encrypted copy comes back, and what only looks like one does no harm."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from strongbox.services import Services
from strongbox.vault import cipher
from strongbox.vault.ceiling import MIB
from strongbox.vault.record import Draft
from strongbox.vault.records import Records
from strongbox.vault.store import utc_now
from tests.api.conftest import Program
from tests.conftest import STRONG, Clock
from tests.visitor import Visitor

PASSPHRASE = "a phrase for the copy"


def copy_of(visitor: Visitor) -> bytes:
    with visitor.post("/transfer/copy", {"password": STRONG, "passphrase": PASSPHRASE}) as answer:
        assert answer.mimetype == "application/vnd.sqlite3"
        return answer.data


def send(visitor: Visitor, path: str, content: bytes, **form: str) -> TestResponse:
    """Send a file as a browser does. The test client would leave a large one's temporary file open."""
    fields = {"csrf_token": visitor.token(), **form}
    parts = [f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
    parts.append('--limit\r\nContent-Disposition: form-data; name="file"; filename="copy.db"\r\n\r\n')
    body = "\r\n".join(parts).encode() + content + b"\r\n--limit--\r\n"
    return visitor.client.post(
        path,
        data=body,
        content_type="multipart/form-data; boundary=limit",
        headers=visitor.headers,
        base_url="https://strongbox.test",
    )


def bring_back(visitor: Visitor, content: bytes, passphrase: str = PASSPHRASE) -> TestResponse:
    return send(visitor, "/transfer/bring-back", content, passphrase=passphrase)


def everything(program: Program) -> list[object]:
    items = program.call("GET", "/records").json["items"]
    return [[program.call("GET", f"/records/{item['id']}{more}").json for more in ("", "/history")] for item in items]


def test_a_copy_comes_back_with_dates_and_history_after_all_was_lost(
    anna: Visitor, ben: Visitor, program: Program, other: Program, clock: Clock
) -> None:
    record = anna.keep(title="Bank", secret="old\nlines", tags="a;b", otp="JBSWY3DPEHPK3PXP")
    clock.forward(timedelta(minutes=2))
    anna.post(f"/records/{record}/edit", {"title": "Bank", "secret": "new", "revision": "1"})
    anna.keep(title="École")
    before, copy = everything(program), copy_of(anna)
    clock.forward(timedelta(minutes=2))
    assert bring_back(ben, copy).location == "/records"
    assert "2 brought back; 0 were here" in ben.get("/records").text
    assert everything(other) == before


def test_what_is_here_stays_as_it_is_and_what_was_deleted_comes_back(anna: Visitor, program: Program) -> None:
    kept, lost = anna.keep(title="kept", secret="old"), anna.keep(title="lost")
    copy = copy_of(anna)
    anna.post(f"/records/{kept}/edit", {"title": "kept", "secret": "newer", "revision": "1"})
    anna.post(f"/records/{lost}/delete")
    bring_back(anna, copy)
    assert "1 brought back; 1 were here and stayed as they are." in anna.get("/records").text
    assert program.call("GET", f"/records/{kept}").json["secret"] == "newer"
    assert program.call("GET", f"/records/{lost}").json["title"] == "lost"


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [(None, "wrong"), (None, ""), (b"", PASSPHRASE), (b"title,password\nx,y\n", PASSPHRASE), (b"x" * 9000, PASSPHRASE)],
)
def test_what_is_not_a_copy_under_this_passphrase_is_said(
    anna: Visitor, parts: Services, content: bytes | None, passphrase: str
) -> None:
    anna.keep(title="Bank")
    answer = bring_back(anna, copy_of(anna) if content is None else content, passphrase)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert {path.name for path in parts.vaults.root.glob("*/*/*")} == {"key.json", "records.db"}


def forged(folder: Path, copy: bytes, *statements: str) -> bytes:
    """Change a copy as only its owner could, who knows the passphrase."""
    path = folder / "forged.db"
    path.write_bytes(copy)
    connection = cipher.sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = '{PASSPHRASE}'")
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE revisions", "DROP TABLE records", "CREATE VIEW records AS SELECT 1 AS id"),
        ("ALTER TABLE records ADD COLUMN more TEXT",),
        ("CREATE TABLE more (x)",),
        ("CREATE VIEW more AS SELECT 1",),
    ],
)
def test_a_database_of_another_shape_is_not_looked_into(
    anna: Visitor, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    anna.keep(title="Bank")
    answer = bring_back(anna, forged(tmp_path, copy_of(anna), *statements))
    assert answer.status_code == 422
    assert "not made by Strongbox, or by a newer release" in answer.text


@pytest.mark.parametrize(
    "change",
    [
        "id = 'none'",
        "revision = 0",
        "created_at = 'yesterday'",
        "updated_at = '2026-01-01T00:00:00'",
        "tags = '{}'",
        "tags = '5'",
        "title = ''",
        "secret = printf('%5001s', 'x')",
    ],
)
def test_a_record_that_could_not_be_shown_is_left_out_and_said(
    anna: Visitor, ben: Visitor, tmp_path: Path, change: str
) -> None:
    anna.keep(title="good")
    anna.keep(title="bad")
    copy = forged(tmp_path, copy_of(anna), f"UPDATE records SET {change} WHERE title = 'bad'")
    assert bring_back(ben, copy).status_code == 302
    page = ben.get("/records").text
    assert "1 brought back" in page
    assert "1 of the copy are not as Strongbox writes them" in page


def test_a_copy_may_be_larger_than_a_form_but_a_stranger_sends_no_more(
    anna: Visitor, app: Flask, parts: Services
) -> None:
    with parts.vaults.opened(parts.directory.named("anna").id) as connection:
        Records(connection, utc_now).add(*(Draft(title=f"{number}", notes="n" * 20_000) for number in range(130)))
    copy = copy_of(anna)
    assert len(copy) > 2 * 1024 * 1024
    assert bring_back(anna, copy).status_code == 302
    assert "130 were here" in anna.get("/records").text
    assert bring_back(Visitor(app), copy).status_code == 413
    assert send(anna, "/transfer/import", copy).status_code == 413
    beyond = bring_back(anna, copy * 10)
    assert beyond.status_code == 413
    assert f"At most {24 * 1024} KiB" in beyond.text


def test_a_copy_of_an_older_release_may_have_a_shorter_passphrase(anna: Visitor, ben: Visitor, tmp_path: Path) -> None:
    anna.keep(title="Bank")
    copy = forged(tmp_path, copy_of(anna), "PRAGMA rekey = 'ten chars.'")
    assert bring_back(ben, copy, "ten chars.").status_code == 302
    assert "1 brought back" in ben.get("/records").text


def test_all_that_a_vault_may_hold_comes_back(anna: Visitor, ben: Visitor, parts: Services) -> None:
    with parts.vaults.opened(parts.directory.named("anna").id) as connection:
        records = Records(connection, utc_now, parts.settings.ceiling)
        records.add(*(Draft(title=f"{number}", notes="ü" * 12_000) for number in range(790)))
    copy = copy_of(anna)
    assert len(copy) > 0.9 * parts.settings.ceiling.mib * MIB
    assert bring_back(ben, copy).status_code == 302
    assert "790 brought back" in ben.get("/records").text


def test_a_copy_for_which_there_is_no_room_changes_nothing(
    anna: Visitor, make_app: Callable[..., Flask], parts: Services
) -> None:
    anna.keep(title="first")
    anna.keep(title="second")
    ben = Visitor(make_app(vault_records=1)).signed_up("ben", STRONG)
    answer = bring_back(ben, copy_of(anna))
    assert answer.status_code == 409
    assert "Your vault is full" in answer.text
    assert "Nothing here yet" in ben.get("/records").text


def test_of_a_history_without_an_end_the_latest_come_back(
    anna: Visitor, ben: Visitor, other: Program, tmp_path: Path
) -> None:
    anna.keep(title="Bank")
    endless = (
        "INSERT INTO revisions SELECT records.id, value, title, username, secret, url, notes, otp, tags, updated_at "
        "FROM records, json_each('[" + ",".join(map(str, range(1, 100))) + "]')"
    )
    bring_back(ben, forged(tmp_path, copy_of(anna), "UPDATE records SET revision = 100", endless))
    (item,) = other.call("GET", "/records").json["items"]
    history = other.call("GET", f"/records/{item['id']}/history").json
    assert [revision["revision"] for revision in history] == list(range(99, 79, -1))


def test_a_large_copy_waits_beside_the_data_and_not_in_the_memory_of_tmp(
    anna: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    anna.keep(title="Bank", notes="n" * 20_000)
    assert bring_back(anna, copy_of(anna) + b"\0" * MIB).status_code in {302, 422}


def test_copies_are_not_a_way_to_try_passphrases_or_to_keep_the_processor_busy(anna: Visitor) -> None:
    answers = [bring_back(anna, b"x" * 100, f"passphrase {number}").status_code for number in range(11)]
    assert answers == [422] * 10 + [429]
