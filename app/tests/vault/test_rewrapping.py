"""New key-encryption keys (control B-13)."""

from __future__ import annotations

import itertools
import uuid

import pytest

from strongbox.exceptions import VaultUnreadable
from strongbox.secret import Secret
from strongbox.vault import rotation
from strongbox.vault.keyring import KeyRing
from strongbox.vault.paths import VaultPaths
from strongbox.vault.store import VaultStore
from tests.vault.conftest import Shelf


def test_rewrapping_touches_no_database_and_retires_the_old_key(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, kek: dict[int, Secret]
) -> None:  # B-13
    shelf.add("bank")
    before = paths.database.read_bytes()
    kek[2] = Secret(bytes(range(32)))
    newer = VaultStore(store.root, KeyRing(kek))
    assert [outcome.problem for outcome in rotation.rewrap_all(newer)] == [None]
    assert paths.database.read_bytes() == before
    assert Shelf(newer, paths.user).titles() == ["bank"]
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
