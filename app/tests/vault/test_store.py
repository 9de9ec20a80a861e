"""Vaults: made whole or not at all, migrated, snapshotted while people write."""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path

import pytest

from strongbox.exceptions import NotFound, VaultBusy, VaultTooNew
from strongbox.vault import cipher, rotation, schema, snapshot
from strongbox.vault.keyfile import KeyFile
from strongbox.vault.paths import VaultPaths
from strongbox.vault.store import VaultStore
from tests.vault import dying
from tests.vault.conftest import Shelf

PATIENCE = 1000
"""So often a thing is done again, on a machine so busy that a writer beside it hardly gets its turn."""


def test_a_creation_that_is_killed_leaves_no_vault(store: VaultStore, monkeypatch: pytest.MonkeyPatch) -> None:
    user = uuid.uuid4()
    with monkeypatch.context() as patched:
        patched.setattr(KeyFile, "write", lambda *_: dying.kill_myself())
        assert dying.dies(lambda: store.create(user))
    with pytest.raises(NotFound), store.opened(user):
        pass
    store.create(user)
    with store.opened(user) as connection:
        assert schema.version(connection) == schema.CURRENT


def test_a_creation_that_fails_leaves_nothing(store: VaultStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyFile, "write", lambda *_: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        store.create(uuid.uuid4())
    assert list(store.root.glob("??/*")) == []


def test_a_deletion_that_is_killed_is_finished_by_the_next(
    store: VaultStore, user: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongbox.vault import store as module

    with monkeypatch.context() as patched:
        patched.setattr(module, "erase", lambda _: dying.kill_myself())
        assert dying.dies(lambda: store.destroy(user))
    store.destroy(user)
    assert list(store.root.glob("??/*")) == []


def test_a_second_request_waits_for_the_first(store: VaultStore, user: uuid.UUID) -> None:
    order: list[str] = []

    def first() -> None:
        with store.opened(user):
            inside.set()
            time.sleep(0.1)
            order.append("first")

    inside = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with store.opened(user):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_who_waits_too_long_is_told(paths: VaultPaths) -> None:
    with paths.locked(), pytest.raises(VaultBusy, match="busy"), paths.locked(timeout_s=0.02):
        pass


def test_who_waited_for_a_vault_that_was_deleted_is_told(store: VaultStore, paths: VaultPaths) -> None:
    outcome: list[type[Exception]] = []

    def wait() -> None:
        try:
            with paths.locked():
                pass
        except NotFound as problem:
            outcome.append(type(problem))

    with paths.locked():
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.05)
        paths.folder.rename(paths.folder.with_name("elsewhere"))
    thread.join()
    assert outcome == [NotFound]


def test_an_old_vault_is_migrated_when_it_is_opened(store: VaultStore, paths: VaultPaths, shelf: Shelf) -> None:
    shelf.add("bank")
    with cipher.opened(paths.database, store.settled_key(paths)) as connection:
        connection.execute("DROP INDEX records_by_title")
        connection.execute("PRAGMA user_version = 1")
    assert shelf.titles() == ["bank"]
    with store.opened(paths.user) as connection:
        assert schema.version(connection) == schema.CURRENT
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'records_by_title'").fetchone()


def test_a_migration_that_fails_changes_nothing_and_goes_on_later(store: VaultStore, user: uuid.UUID) -> None:
    good = schema.Migration(("CREATE TABLE more (x) STRICT".replace("(x)", "(x TEXT)"),))
    bad = schema.Migration(("CREATE TABLE half (x TEXT) STRICT", "SELECT * FROM nowhere"))
    with store.opened(user) as connection:
        with pytest.raises(cipher.DatabaseError):
            schema.migrate(connection, (*schema.MIGRATIONS, good, bad))
        assert schema.version(connection) == schema.CURRENT + 1
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert "more" in tables
        assert "half" not in tables


def test_an_older_release_reads_a_newer_vault_unless_it_says_otherwise(store: VaultStore, user: uuid.UUID) -> None:
    additive = schema.Migration(("CREATE TABLE more (x TEXT) STRICT",))
    breaking = schema.Migration(("DROP TABLE more",), oldest_reader=schema.CURRENT + 2)
    with store.opened(user) as connection:
        schema.migrate(connection, (*schema.MIGRATIONS, additive))
    with store.opened(user) as connection:
        schema.migrate(connection, (*schema.MIGRATIONS, additive, breaking))
    with pytest.raises(VaultTooNew, match="needs a release of schema 4 or newer; this one knows 2"), store.opened(user):
        pass


def test_snapshots_under_write_load_are_never_torn(
    store: VaultStore, shelf: Shelf, paths: VaultPaths, tmp_path: Path
) -> None:
    """Each transaction writes two rows; a copy with one of them would be torn, and pass integrity_check."""
    (tmp_path / "data" / "accounts.db").touch()

    def write(working: int) -> None:
        import os

        for number in range(100_000):
            shelf.add(f"{number}/a", f"{number}/b")
            os.write(working, b".")

    with dying.working(write) as writer:
        sizes: list[int] = []
        while len(sizes) < 20 or (sizes[-1] == sizes[0] and len(sizes) < PATIENCE):
            number = len(sizes)
            target = tmp_path / f"snapshot{number}"
            assert snapshot.take(tmp_path / "data", store, target).failures == []
            copy = Shelf(VaultStore(target / "users", store.ring), paths.user)
            titles = set(copy.titles())
            names = {title.partition("/")[0] for title in titles}
            assert titles == {f"{name}/{half}" for name in names for half in "ab"}
            sizes.append(len(titles))
        dying.kill(writer)
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0] > 0


def test_requests_of_four_workers_meet_no_error_while_keys_are_rotated(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, tmp_path: Path
) -> None:  # B-11, Z-21
    """Each worker writes down what went wrong; there must be nothing, and every write must be there."""
    done = tmp_path / "done"

    def work(working: int) -> None:
        import os

        with done.open("a") as file:
            for number in range(100_000):
                name = f"{os.getpid()}.{number}"
                try:
                    shelf.add(name)
                    line = name
                except Exception as problem:
                    line = f"FAILED {problem!r}"
                print(line, file=file, flush=True)
                os.write(working, b".")

    with (
        dying.working(work) as one,
        dying.working(work) as two,
        dying.working(work) as three,
        dying.working(work) as four,
    ):
        rotations = 0
        while rotations < 15 or (len(done.read_text().splitlines()) <= 15 and rotations < PATIENCE):
            rotation.rotate(store, paths)
            rotations += 1
        for process in (one, two, three, four):
            dying.kill(process)
    lines = done.read_text().splitlines()
    assert [line for line in lines if line.startswith("FAILED")] == []
    assert set(lines) <= set(shelf.titles())
    assert len(lines) > 15
