"""A rotation that is not possible now is refused without harm (controls B-08, B-12; faults Z-19, Z-20)."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from strongbox.exceptions import RotationRefused
from strongbox.secret import Secret
from strongbox.vault import cipher, rotation
from strongbox.vault.keyring import KeyRing
from strongbox.vault.paths import VaultPaths
from strongbox.vault.store import VaultStore
from tests.vault.conftest import Shelf, is_pending, key_of

JOURNALS = ["WAL", "DELETE"]


@pytest.mark.parametrize("journal", JOURNALS)
@pytest.mark.parametrize("hold", ["BEGIN IMMEDIATE", "BEGIN; SELECT * FROM records"])
def test_refused_and_harmless_while_another_program_reads_or_writes(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, hold: str, journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # B-08, Z-19
    shelf.add("bank")
    old = key_of(store, paths)
    monkeypatch.setattr(cipher, "BUSY_TIMEOUT_S", 0.05)
    # Somebody who does not know of our lock, and has the file open in normal locking mode.
    other = cipher.sqlcipher.connect(str(paths.database), isolation_level=None)
    other.execute(f"PRAGMA key = \"x'{old.reveal().hex()}'\"")
    other.execute(f"PRAGMA journal_mode = {journal}")
    for statement in hold.split("; "):
        other.execute(statement).fetchone()
    with pytest.raises((RotationRefused, cipher.DatabaseError)):
        rotation.rotate(store, paths)
    other.close()
    assert key_of(store, paths).reveal() == old.reveal()
    assert shelf.titles() == ["bank"]
    shelf.add("mail")
    rotation.rotate(store, paths)
    assert shelf.titles() == ["bank", "mail"]


def test_refused_when_the_disk_has_no_room_for_it(
    kek: dict[int, Secret], mounted: Callable[[int], Path]
) -> None:  # B-12
    store = VaultStore(mounted(2) / "users", KeyRing(kek))
    user = uuid.uuid4()
    store.create(user)
    shelf = Shelf(store, user)
    shelf.add(*(f"record {number}" for number in range(3000)))
    before = store.paths(user).database.read_bytes()
    with pytest.raises(RotationRefused, match="are needed"):
        rotation.rotate(store, store.paths(user))
    assert store.paths(user).database.read_bytes() == before


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
    paths = store.paths(user)
    with cipher.opened(paths.database, key_of(store, paths)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    filler = disk / "filler"
    monkeypatch.setattr(rotation, "require_free_space", lambda paths: fill(filler, leave=500_000))
    with pytest.raises(RotationRefused):
        rotation.rotate(store, paths)
    filler.unlink()
    assert len(shelf.titles()) == 5000
    monkeypatch.undo()
    rotation.rotate(store, paths)
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
        rotation.rotate(store, store.paths(user))
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert shelf.titles() == ["bank"]


def test_a_rekey_that_claims_success_without_doing_anything_is_found_out(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:  # section 0, finding 1
    shelf.add("bank")
    old = key_of(store, paths)
    monkeypatch.setattr(cipher, "rekey", lambda connection, new: None)
    with pytest.raises(RotationRefused, match="the new key does not open the database"):
        rotation.rotate(store, paths)
    assert key_of(store, paths).reveal() == old.reveal()
    assert not is_pending(paths)
    assert shelf.titles() == ["bank"]


def test_a_rekey_that_loses_rows_is_found_out(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add("bank", "mail")
    honest = cipher.rekey

    def losing(connection: cipher.Connection, new: Secret) -> None:
        connection.execute("DELETE FROM records WHERE title = 'mail'")
        honest(connection, new)

    monkeypatch.setattr(cipher, "rekey", losing)
    with pytest.raises(RotationRefused, match="differs after re-encryption"):
        rotation.rotate(store, paths)


def fill(filler: Path, leave: int) -> None:
    disk = os.statvfs(filler.parent)
    filler.write_bytes(bytes(disk.f_bavail * disk.f_frsize - leave))
