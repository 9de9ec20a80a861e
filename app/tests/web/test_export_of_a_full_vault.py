"""An export of all that a vault may hold: in little memory, complete, and in nobody's way."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterable
from datetime import timedelta

import pytest

from strongbox import downloads, serve
from strongbox.exceptions import DiskFull
from strongbox.services import Services
from strongbox.transfer import encrypted_copy
from strongbox.vault import rotation
from strongbox.vault.ceiling import MIB
from strongbox.vault.record import Draft
from strongbox.vault.records import Records
from strongbox.vault.store import utc_now
from tests.conftest import STRONG
from tests.visitor import Visitor

MANY = 790
NOTES = "ü" * 12_000
"""With its 24 kB, as UTF-8, so many records fill the 20 MiB."""

FORMS = {
    "/transfer/export": {"password": STRONG},
    "/transfer/copy": {"password": STRONG, "passphrase": "a phrase for the copy"},
}
MOST = 20 * MIB
"""That a request may need."""


@pytest.fixture
def full(anna: Visitor, parts: Services) -> Visitor:
    owner = parts.directory.named("anna").id
    with parts.vaults.opened(owner) as connection:
        records = Records(connection, utc_now)
        records.add(*(Draft(title=f"Record {number:04}", secret="s", notes=NOTES) for number in range(MANY)))
    size = parts.vaults.paths(owner).database.stat().st_size
    assert 0.9 * MOST < size <= MOST
    return anna


def titles(chunks: Iterable[bytes]) -> list[str]:
    return [row["title"] for row in csv.DictReader(io.StringIO(b"".join(chunks).decode(), newline=""))]


@pytest.mark.parametrize("path", FORMS)
def test_as_many_as_may_be_sent_at_once_need_less_memory_than_one_vault(full: Visitor, path: str) -> None:
    full.token()
    tracemalloc.start()
    try:
        answers = [full.post(path, dict(FORMS[path])) for _ in range(downloads.AT_ONCE)]
        sizes = [sum(map(len, both)) for both in zip(*(answer.iter_encoded() for answer in answers), strict=True)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    for answer in answers:
        answer.close()
    assert sum(sizes) > downloads.AT_ONCE * 0.9 * MOST
    assert peak < MOST / 3, f"{peak / MIB:.1f} MiB"


@pytest.mark.parametrize("path", FORMS)
def test_visitors_who_take_their_time_do_not_hold_all_threads_of_a_worker(anna: Visitor, path: str) -> None:
    anna.keep(title="Bank")
    slow = [anna.post(path, FORMS[path]) for _ in range(downloads.AT_ONCE)]
    refused = anna.post(path, FORMS[path])
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "Others are taking their records along" in refused.text
    slow[0].close()
    with anna.post(path, FORMS[path]) as answer:
        assert answer.status_code == 200
    slow[1].close()


def test_a_download_that_a_visitor_breaks_off_makes_room_for_the_next(anna: Visitor) -> None:
    for _ in range(downloads.AT_ONCE + 1):
        with anna.post("/transfer/export", FORMS["/transfer/export"]) as answer:
            assert answer.status_code == 200


def test_a_download_that_fails_makes_room_for_the_next(anna: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(encrypted_copy, "make", full)
        answers = [anna.post("/transfer/copy", FORMS["/transfer/copy"]).status_code for _ in range(3)]
    assert answers == [507, 507, 507]
    with anna.post("/transfer/copy", FORMS["/transfer/copy"]) as answer:
        assert answer.status_code == 200


def test_half_of_a_workers_threads_are_left_for_everybody_else() -> None:
    assert downloads.AT_ONCE <= serve.THREADS_PER_WORKER // 2


def test_while_it_is_sent_the_vault_is_free_and_may_get_a_new_key(full: Visitor, parts: Services) -> None:
    answer = full.post("/transfer/export", FORMS["/transfer/export"])
    chunks = answer.iter_encoded()
    begun = [next(chunks), next(chunks)]
    kept = full.keep(title="Added in the meantime")
    owner = parts.directory.named("anna").id
    assert rotation.rotate_if_older(parts.vaults, parts.vaults.paths(owner), timedelta())
    full.post(f"/records/{kept}/delete")
    assert titles([*begun, *chunks]) == [f"Record {number:04}" for number in range(MANY)]
    answer.close()


def test_what_is_deleted_while_it_is_sent_is_left_out(anna: Visitor) -> None:
    records = [anna.keep(title=f"Record {number:02}") for number in range(45)]
    answer = anna.post("/transfer/export", FORMS["/transfer/export"])
    chunks = answer.iter_encoded()
    begun = [next(chunks)]
    anna.post(f"/records/{records[44]}/delete")
    assert titles([*begun, *chunks]) == [f"Record {number:02}" for number in range(44)]
    answer.close()


def test_a_copy_that_is_not_fetched_to_its_end_leaves_nothing_on_the_disk(full: Visitor, parts: Services) -> None:
    answer = full.post("/transfer/copy", FORMS["/transfer/copy"])
    folder = parts.vaults.paths(parts.directory.named("anna").id).folder
    assert {path.name for path in folder.iterdir()} == {"key.json", "records.db"}
    answer.close()
