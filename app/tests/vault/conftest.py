"""Fixtures: vaults, small disks, and processes that die."""

from __future__ import annotations

import secrets
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strongbox.secret import Secret
from strongbox.vault.keyfile import read_key_file
from strongbox.vault.keyring import KeyRing
from strongbox.vault.paths import VaultPaths
from strongbox.vault.record import Draft
from strongbox.vault.records import Records
from strongbox.vault.store import VaultStore, utc_now


@pytest.fixture
def kek() -> dict[int, Secret]:
    return {1: Secret(secrets.token_bytes(32))}


@pytest.fixture
def store(tmp_path: Path, kek: dict[int, Secret]) -> VaultStore:
    return VaultStore(tmp_path / "data" / "users", KeyRing(kek))


@pytest.fixture
def user(store: VaultStore) -> uuid.UUID:
    user = uuid.uuid4()
    store.create(user)
    return user


@pytest.fixture
def paths(store: VaultStore, user: uuid.UUID) -> VaultPaths:
    return store.paths(user)


def key_of(store: VaultStore, paths: VaultPaths) -> Secret:
    return store.ring.unwrap(read_key_file(paths.key_file, paths.user).active, paths.user)


def is_pending(paths: VaultPaths) -> bool:
    return read_key_file(paths.key_file, paths.user).pending is not None


class Shelf:
    """Writes and reads one vault's titles, each in a request of its own."""

    def __init__(self, store: VaultStore, user: uuid.UUID) -> None:
        self.store = store
        self.user = user

    def add(self, *titles: str) -> None:
        with self.store.opened(self.user) as connection:
            Records(connection, utc_now).add(*(Draft(title=title, secret="s3cret " * 20) for title in titles))

    def titles(self) -> list[str]:
        with self.store.opened(self.user) as connection:
            records = Records(connection, utc_now)
            return [record.draft.title for record in records.some(records.ids())]


@pytest.fixture
def shelf(store: VaultStore, user: uuid.UUID) -> Shelf:
    return Shelf(store, user)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of so many MiB; needs the right to mount."""
    folders: list[Path] = []

    def mount(mib: int) -> Path:
        folder = tmp_path / f"disk{len(folders)}"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", str(folder)], check=True)
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
