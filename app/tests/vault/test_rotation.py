"""Key rotation (controls B-07..B-14, faults Z-17..Z-20): done, refused without harm, or finished later."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from strongbox.failures import RotationRefused, VaultUnreadable
from strongbox.secret import Secret
from strongbox.vault import cipher, rotation
from strongbox.vault.keyfile import read_key_file
from strongbox.vault.keyring import KeyRing
from strongbox.vault.place import Place
from strongbox.vault.store import VaultStore, opens
from tests.vault import dying
from tests.vault.conftest import Shelf


def key_of(store: VaultStore, place: Place) -> Secret:
    return store.ring.unwrap(read_key_file(place.key_file, place.user).active, place.user)


def is_pending(place: Place) -> bool:
    return read_key_file(place.key_file, place.user).pending is not None


def test_a_rotation_changes_the_key_and_keeps_the_records(store: VaultStore, place: Place, shelf: Shelf) -> None:
    shelf.add("bank", "mail")
    old = key_of(store, place)
    rotation.rotate(store, place)
    assert key_of(store, place).reveal() != old.reveal()
    assert shelf.titles() == ["bank", "mail"]


def test_after_a_rotation_the_old_key_opens_nothing(store: VaultStore, place: Place) -> None:  # B-14
    old = key_of(store, place)
    rotation.rotate(store, place)
    assert not opens(place, old)
    assert sorted(file.name for file in place.folder.iterdir()) == ["key.json", "records.db"]


def test_only_keys_that_are_old_enough_are_rotated(store: VaultStore, place: Place) -> None:
    assert list(rotation.rotate_all(store, timedelta(days=30))) == []
    assert [outcome.user for outcome in rotation.rotate_all(store, timedelta(0))] == [place.user]


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
    store: VaultStore, place: Place, shelf: Shelf, step: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # B-07, Z-17
    shelf.add("bank", "mail")
    original = getattr(rotation, step)

    def fatal(*arguments: object) -> None:
        if moment == "after":
            original(*arguments)
        dying.kill_myself()

    with monkeypatch.context() as patched:
        patched.setattr(rotation, step, fatal)
        assert dying.dies(lambda: rotation.rotate(store, place))
    assert shelf.titles() == ["bank", "mail"]
    assert not is_pending(place)
    rotation.rotate(store, place)
    assert shelf.titles() == ["bank", "mail"]


def test_killed_between_the_rekey_and_its_commit_the_vault_opens(
    store: VaultStore, place: Place, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add("bank")

    def halfway(connection: cipher.Connection, new: Secret) -> None:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(f"PRAGMA rekey = \"x'{new.reveal().hex()}'\"")
        dying.kill_myself()

    with monkeypatch.context() as patched:
        patched.setattr(cipher, "rekey", halfway)
        assert dying.dies(lambda: rotation.rotate(store, place))
    assert is_pending(place)
    assert shelf.titles() == ["bank"]
    assert not is_pending(place)


@pytest.mark.parametrize(("journal", "kills"), [("WAL", 200), ("DELETE", 60)])
def test_kills_under_write_load_lose_no_acknowledged_write(
    store: VaultStore, place: Place, shelf: Shelf, tmp_path: Path, journal: str, kills: int
) -> None:  # B-09, Z-17
    """A writer and a rotator work on one vault; both are killed again and again, at random instants."""
    acknowledged = tmp_path / "acknowledged"
    chance = random.Random(20)
    numbers = itertools.count()
    with cipher.opened(place.database, key_of(store, place)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    began = time.monotonic()
    rotation.rotate(store, place)
    usual_s = time.monotonic() - began

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
            rotation.rotate(store, place)
            os.write(working, b".")

    died_in_rotation = 0
    for _ in range(kills // 2):
        with dying.working(write) as writer, dying.working(rotate) as rotator:
            time.sleep(chance.uniform(0, 3 * usual_s))
            for process in chance.sample([writer, rotator], 2):
                dying.kill(process)
                died_in_rotation += process == rotator and is_pending(place)

    titles = set(shelf.titles())
    names = {title.partition("/")[0] for title in titles}
    assert set(acknowledged.read_text().split()) <= names
    assert titles == {f"{name}/{half}" for name in names for half in "ab"}
    with store.opened(place.user) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    print(f"{kills} kills, {died_in_rotation} of them inside a rotation, {len(names)} writes, 0 lost")
    assert died_in_rotation >= kills // 20, "too few kills hit a rotation for this test to mean anything"


JOURNALS = ["WAL", "DELETE"]


@pytest.mark.parametrize("journal", JOURNALS)
@pytest.mark.parametrize("hold", ["BEGIN IMMEDIATE", "BEGIN; SELECT * FROM records"])
def test_refused_and_harmless_while_another_program_reads_or_writes(
    store: VaultStore, place: Place, shelf: Shelf, hold: str, journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # B-08, Z-19
    shelf.add("bank")
    old = key_of(store, place)
    monkeypatch.setattr(cipher, "BUSY_TIMEOUT_S", 0.05)
    # Somebody who does not know of our lock, and has the file open in normal locking mode.
    other = cipher.sqlcipher.connect(str(place.database), isolation_level=None)
    other.execute(f"PRAGMA key = \"x'{old.reveal().hex()}'\"")
    other.execute(f"PRAGMA journal_mode = {journal}")
    for statement in hold.split("; "):
        other.execute(statement).fetchone()
    with pytest.raises((RotationRefused, cipher.DatabaseError)):
        rotation.rotate(store, place)
    other.close()
    assert key_of(store, place).reveal() == old.reveal()
    assert shelf.titles() == ["bank"]
    shelf.add("mail")
    rotation.rotate(store, place)
    assert shelf.titles() == ["bank", "mail"]


def test_refused_when_the_disk_has_no_room_for_it(
    kek: dict[int, Secret], mounted: Callable[[int], Path]
) -> None:  # B-12
    store = VaultStore(mounted(2) / "users", KeyRing(kek))
    user = uuid.uuid4()
    store.create(user)
    shelf = Shelf(store, user)
    shelf.add(*(f"record {number}" for number in range(3000)))
    before = store.place(user).database.read_bytes()
    with pytest.raises(RotationRefused, match="are needed"):
        rotation.rotate(store, store.place(user))
    assert store.place(user).database.read_bytes() == before


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_disk_that_fills_up_midway_loses_nothing(
    kek: dict[int, Secret], mounted: Callable[[int], Path], journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # B-08, Z-20
    disk = mounted(12)
    store = VaultStore(disk / "users", KeyRing(kek))
    user = uuid.uuid4()
    store.create(user)
    shelf = Shelf(store, user)
    shelf.add(*(f"record {number}" for number in range(5000)))
    place = store.place(user)
    with cipher.opened(place.database, key_of(store, place)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    filler = disk / "filler"
    monkeypatch.setattr(rotation, "require_free_space", lambda place: fill(filler, leave=500_000))
    with pytest.raises(RotationRefused):
        rotation.rotate(store, place)
    filler.unlink()
    assert len(shelf.titles()) == 5000
    monkeypatch.undo()
    rotation.rotate(store, place)
    assert len(shelf.titles()) == 5000


def test_a_disk_that_is_read_only_loses_nothing(kek: dict[int, Secret], mounted: Callable[[int], Path]) -> None:
    disk = mounted(12)
    store = VaultStore(disk / "users", KeyRing(kek))
    user = uuid.uuid4()
    store.create(user)
    shelf = Shelf(store, user)
    shelf.add("bank")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(RotationRefused):
        rotation.rotate(store, store.place(user))
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert shelf.titles() == ["bank"]


def test_a_rekey_that_claims_success_without_doing_anything_is_found_out(
    store: VaultStore, place: Place, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:  # section 0, finding 1
    shelf.add("bank")
    old = key_of(store, place)
    monkeypatch.setattr(cipher, "rekey", lambda connection, new: None)
    with pytest.raises(RotationRefused, match="the new key does not open the database"):
        rotation.rotate(store, place)
    assert key_of(store, place).reveal() == old.reveal()
    assert not is_pending(place)
    assert shelf.titles() == ["bank"]


def test_a_rekey_that_loses_rows_is_found_out(
    store: VaultStore, place: Place, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add("bank", "mail")
    honest = cipher.rekey

    def losing(connection: cipher.Connection, new: Secret) -> None:
        connection.execute("DELETE FROM records WHERE title = 'mail'")
        honest(connection, new)

    monkeypatch.setattr(cipher, "rekey", losing)
    with pytest.raises(RotationRefused, match="differs after re-encryption"):
        rotation.rotate(store, place)


def test_rewrapping_touches_no_database_and_retires_the_old_key(
    store: VaultStore, place: Place, shelf: Shelf, kek: dict[int, Secret]
) -> None:  # B-13
    shelf.add("bank")
    before = place.database.read_bytes()
    kek[2] = Secret(bytes(range(32)))
    newer = VaultStore(store.root, KeyRing(kek))
    assert [outcome.problem for outcome in rotation.rewrap_all(newer)] == [None]
    assert place.database.read_bytes() == before
    assert Shelf(newer, place.user).titles() == ["bank"]
    assert list(rotation.rewrap_all(newer)) == []
    with pytest.raises(VaultUnreadable, match="Key-encryption key 2 is not in the kek file"):
        shelf.titles()
    VaultStore(store.root, KeyRing({2: kek[2]})).require_keys()


def test_rewrapping_that_was_killed_goes_on(store: VaultStore, kek: dict[int, Secret]) -> None:
    users = [uuid.uuid4() for _ in range(4)]
    for user in users:
        store.create(user)
    kek[2] = Secret(bytes(range(32)))
    newer = VaultStore(store.root, KeyRing(kek))
    done = list(itertools.islice(rotation.rewrap_all(newer), 2))
    newer.require_keys()
    rest = list(rotation.rewrap_all(newer))
    assert {outcome.user for outcome in done + rest} == set(users)


def test_one_damaged_vault_does_not_stop_the_others(store: VaultStore) -> None:
    users = [uuid.uuid4() for _ in range(3)]
    for user in users:
        store.create(user)
    store.place(users[0]).database.write_bytes(b"not a database")
    outcomes = {outcome.user: outcome.problem for outcome in rotation.rotate_all(store, timedelta(0))}
    assert isinstance(outcomes[users[0]], RotationRefused | VaultUnreadable)
    assert outcomes[users[1]] is None
    assert outcomes[users[2]] is None


def fill(filler: Path, leave: int) -> None:
    disk = os.statvfs(filler.parent)
    filler.write_bytes(bytes(disk.f_bavail * disk.f_frsize - leave))
