"""A vault has a ceiling, and a record a history of bounded length."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from strongbox.exceptions import VaultFull
from strongbox.vault.ceiling import MIB, Ceiling, size_of
from strongbox.vault.cipher import Connection
from strongbox.vault.record import Draft
from strongbox.vault.records import KEPT_REVISIONS, Records
from strongbox.vault.store import VaultStore, utc_now

LARGE = "x" * 20_000


@pytest.fixture
def vault(store: VaultStore, user: uuid.UUID) -> Iterator[Connection]:
    with store.opened(user) as connection:
        yield connection


def until_refused(work: Callable[[int], object]) -> None:
    for number in range(1, 60):
        work(number)


def titles(vault: Connection) -> set[str]:
    records = Records(vault, utc_now)
    return {record.draft.title for record in records.some(records.ids())}


def test_one_record_more_than_there_may_be_is_refused_and_nothing_is_added(vault: Connection) -> None:
    records = Records(vault, utc_now, Ceiling(records=3))
    records.add(Draft(title="a"), Draft(title="b"))
    with pytest.raises(VaultFull, match="room for 3 records and 20 MiB"):
        records.add(Draft(title="c"), Draft(title="d"))
    assert titles(vault) == {"a", "b"}
    records.add(Draft(title="c"))


def test_a_vault_grows_to_its_ceiling_and_no_further(vault: Connection) -> None:
    records = Records(vault, utc_now, Ceiling(mib=1))
    with pytest.raises(VaultFull):
        until_refused(lambda number: records.add(Draft(title=f"{number}", notes=LARGE)))
    assert 0.9 * MIB < size_of(vault).bytes <= MIB


def test_a_full_vault_has_room_again_when_something_is_deleted(vault: Connection) -> None:
    records = Records(vault, utc_now, Ceiling(records=1))
    (record,) = records.add(Draft(title="old"))
    records.change(record, Draft(title="newer"))
    records.remove(record)
    records.add(Draft(title="new"))
    assert titles(vault) == {"new"}


def test_history_counts_and_a_change_that_finds_no_room_changes_nothing(vault: Connection) -> None:
    large = Records(vault, utc_now, Ceiling(mib=1))
    (record,) = large.add(Draft(title="0", notes=LARGE))
    large.add(*(Draft(title="other", notes=LARGE) for _ in range(35)))
    with pytest.raises(VaultFull):
        until_refused(lambda number: large.change(record, Draft(title=f"{number}", notes=LARGE)))
    kept = large.get(record)
    assert kept.draft.title == str(kept.revision - 1)
    assert len(large.history(record)) == kept.revision - 1


def test_a_vault_from_before_there_was_a_ceiling_may_change_but_not_grow(vault: Connection) -> None:
    (first, _) = Records(vault, utc_now).add(Draft(title="a"), Draft(title="b"))
    later = Records(vault, utc_now, Ceiling(records=1))
    later.change(first, Draft(title="c"))
    with pytest.raises(VaultFull):
        later.add(Draft(title="d"))
    later.remove(first)
    assert titles(vault) == {"b"}


def test_the_last_twenty_revisions_are_kept(vault: Connection) -> None:
    records = Records(vault, utc_now)
    (record,) = records.add(Draft(title="1"))
    for number in range(2, KEPT_REVISIONS + 6):
        records.change(record, Draft(title=f"{number}"))
    history = records.history(record)
    assert [revision.draft.title for revision in history] == [str(number) for number in range(24, 4, -1)]
    assert vault.execute("SELECT count(*) FROM revisions").fetchone() == (KEPT_REVISIONS,)


def test_of_a_longer_history_that_an_older_release_kept_the_last_twenty_are_shown(vault: Connection) -> None:
    records = Records(vault, utc_now)
    (record,) = records.add(Draft(title="1"))
    records.change(record, Draft(title="2"))
    vault.execute("UPDATE revisions SET revision = 100")
    vault.executemany(
        "INSERT INTO revisions SELECT record_id, ?, title, username, secret, url, notes, otp, tags, updated_at "
        "FROM revisions WHERE revision = 100",
        [(number,) for number in range(1, 60)],
    )
    assert len(records.history(record)) == KEPT_REVISIONS


def test_a_deleted_record_takes_its_old_secrets_with_it(vault: Connection) -> None:
    """Not only the page is gone: without foreign keys the history stays in the database."""
    records = Records(vault, utc_now)
    (record,) = records.add(Draft(title="Bank", secret="old"))
    records.change(record, Draft(title="Bank", secret="new"))
    records.remove(record)
    assert vault.execute("SELECT count(*) FROM revisions").fetchone() == (0,)
