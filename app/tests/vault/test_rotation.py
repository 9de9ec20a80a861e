"""Key rotation (controls B-07..B-14, faults Z-17..Z-20): done, refused without harm, or finished later."""

from __future__ import annotations

import itertools
import os
import random
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from strongbox.exceptions import RotationRefused, VaultUnreadable
from strongbox.secret import Secret
from strongbox.vault import cipher, rotation
from strongbox.vault.keyfile import KeyFile
from strongbox.vault.paths import VaultPaths
from strongbox.vault.store import VaultStore, opens
from tests.vault import dying
from tests.vault.conftest import Shelf, is_pending, key_of


def test_a_rotation_changes_the_key_and_keeps_the_records(store: VaultStore, paths: VaultPaths, shelf: Shelf) -> None:
    shelf.add("bank", "mail")
    old = key_of(store, paths)
    rotation.rotate(store, paths)
    assert key_of(store, paths).reveal() != old.reveal()
    assert shelf.titles() == ["bank", "mail"]


def test_after_a_rotation_the_old_key_opens_nothing(store: VaultStore, paths: VaultPaths) -> None:  # B-14
    old = key_of(store, paths)
    rotation.rotate(store, paths)
    assert not opens(paths, old)
    assert sorted(file.name for file in paths.folder.iterdir()) == ["key.json", "records.db"]


def test_only_keys_that_are_old_enough_are_rotated(store: VaultStore, paths: VaultPaths) -> None:
    assert list(rotation.rotate_all(store, timedelta(days=30))) == []
    assert [outcome.user for outcome in rotation.rotate_all(store, timedelta(0))] == [paths.user]


def test_a_limit_stops_and_the_next_run_goes_on(store: VaultStore) -> None:
    users = {uuid.uuid4() for _ in range(3)}
    for user in users:
        store.create(user)
    start = store.now()
    first = {outcome.user for outcome in rotation.rotate_all(store, timedelta(0), limit=2)}
    rest = {outcome.user for outcome in rotation.rotate_all(store, store.now() - start)}
    assert len(first) == 2
    assert first | rest == users
    assert not first & rest


STEPS = ["declare", "reencrypt", "prove", "promote"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_vault_opens_and_nothing_is_lost(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, step: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # B-07, Z-17
    shelf.add("bank", "mail")
    original = getattr(rotation, step)

    def fatal(*arguments: object) -> None:
        if moment == "after":
            original(*arguments)
        dying.kill_myself()

    with monkeypatch.context() as patched:
        patched.setattr(rotation, step, fatal)
        assert dying.dies(lambda: rotation.rotate(store, paths))
    assert shelf.titles() == ["bank", "mail"]
    assert not is_pending(paths)
    rotation.rotate(store, paths)
    assert shelf.titles() == ["bank", "mail"]


def test_killed_between_the_rekey_and_its_commit_the_vault_opens(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add("bank")

    def halfway(connection: cipher.Connection, new: Secret) -> None:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(f"PRAGMA rekey = \"x'{new.reveal().hex()}'\"")
        dying.kill_myself()

    with monkeypatch.context() as patched:
        patched.setattr(cipher, "rekey", halfway)
        assert dying.dies(lambda: rotation.rotate(store, paths))
    assert is_pending(paths)
    assert shelf.titles() == ["bank"]
    assert not is_pending(paths)


@pytest.mark.parametrize(
    ("journal", "kills"), [("WAL", 200), ("DELETE", 40), pytest.param("WAL", 2000, marks=pytest.mark.long)]
)
def test_kills_under_write_load_lose_no_acknowledged_write(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, tmp_path: Path, journal: str, kills: int
) -> None:  # B-09, Z-17
    """A writer and a rotator work on one vault; both are killed again and again, at random instants."""
    acknowledged = tmp_path / "acknowledged"
    chance = random.Random(20)
    numbers = itertools.count()
    with cipher.opened(paths.database, key_of(store, paths)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    usual_s = min(seconds_of_a_rotation(store, paths) for _ in range(5))

    def write(working: int) -> None:
        with acknowledged.open("a") as file:
            while True:
                # Both halves are written in one transaction: one without the other is a torn one.
                name = f"{os.getpid()}.{time.monotonic_ns()}.{next(numbers)}"
                shelf.add(f"{name}/a", f"{name}/b")
                print(name, file=file, flush=True)
                os.write(working, b".")

    def rotate(working: int) -> None:
        while True:
            rotation.rotate(store, paths)
            os.write(working, b".")

    def declare(working: int) -> None:
        tell_when_declared(working)
        rotate(working)

    died_in_rotation = 0
    # The lock is not fair and its writer has it more often: half of the kills wait until a new key is declared.
    kinds = itertools.cycle([(3 * usual_s, rotate), (usual_s, declare)])
    for longest_s, rotating in itertools.islice(kinds, kills // 2):
        with dying.working(write) as writer, dying.working(rotating) as rotator:
            time.sleep(chance.uniform(0, longest_s))
            for process in chance.sample([writer, rotator], 2):
                dying.kill(process)
                died_in_rotation += process == rotator and is_pending(paths)

    titles = set(shelf.titles())
    names = {title.partition("/")[0] for title in titles}
    assert set(acknowledged.read_text().split()) <= names
    assert titles == {f"{name}/{half}" for name in names for half in "ab"}
    with store.opened(paths.user) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    print(f"{kills} kills, {died_in_rotation} of them inside a rotation, {len(names)} writes, 0 lost")
    assert died_in_rotation >= kills // 20, "too few kills hit a rotation for this test to mean anything"


def tell_when_declared(pipe: int) -> None:
    """Write to a pipe whenever this process has put a new key beside the old one."""
    declare = rotation.declare

    def telling(*arguments: Any) -> KeyFile:
        declared = declare(*arguments)
        os.write(pipe, b".")
        return declared

    rotation.declare = telling


def seconds_of_a_rotation(store: VaultStore, paths: VaultPaths) -> float:
    began = time.monotonic()
    rotation.rotate(store, paths)
    return time.monotonic() - began


def test_one_damaged_vault_does_not_stop_the_others(store: VaultStore) -> None:
    users = [uuid.uuid4() for _ in range(3)]
    for user in users:
        store.create(user)
    store.paths(users[0]).database.write_bytes(b"not a database")
    outcomes = {outcome.user: outcome.problem for outcome in rotation.rotate_all(store, timedelta(0))}
    assert isinstance(outcomes[users[0]], RotationRefused | VaultUnreadable)
    assert outcomes[users[1]] is None
    assert outcomes[users[2]] is None
