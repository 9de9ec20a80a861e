"""Is a copy of all data whole? Asked of a backup that was brought back, before anybody relies on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from strongbox.accounts.copy import copied
from strongbox.exceptions import StrongboxError
from strongbox.vault import cipher, manifest
from strongbox.vault.paths import VaultPaths, all_paths
from strongbox.vault.store import VaultStore, damage_explained

SHOWN = 3
"""Faults named in the verdict: it is one line."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a copy.

    Attributes:
        vaults: how many it has.
        accounts: how many it has.
        taken_at: when it was begun, in UTC; empty where nobody noted it.
        faults: what is wrong with it, one sentence each; none where it is whole.
    """

    vaults: int
    accounts: int
    taken_at: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in one line."""
        held = f"{self.vaults} vaults, {self.accounts} accounts"
        if not self.faults:
            return f"{held}, as of {self.taken_at}: whole."
        more = f"; and {len(self.faults) - SHOWN} more" if len(self.faults) > SHOWN else ""
        return f"{held}: not whole: {'; '.join(self.faults[:SHOWN])}{more}"


def judge(data_dir: Path, store: VaultStore) -> Verdict:
    """Open every vault of a copy with its key and read every page of it. Changes at most what a crash left unfinished.

    Args:
        data_dir: the copy.
        store: the vaults in it.

    Raises:
        ConfigurationError: a key-encryption key that the copy needs is missing or wrong.
    """
    store.require_keys()
    noted = manifest.read(data_dir)
    faults = [] if noted else ["it has no manifest, so it is not a finished copy"]
    vaults = set()
    for paths in all_paths(store.root):
        vaults.add(paths.user)
        faults += [f"vault {paths.user}: {fault}" for fault in _faults_of_vault(store, paths)]
    accounts = set()
    try:
        faults += _faults_of_accounts(data_dir / "accounts.db")
        with copied(data_dir / "accounts.db") as copy:
            accounts = copy.ids()
    except sqlite3.DatabaseError as problem:
        faults.append(f"accounts.db: {problem}")
    faults += [f"account {user} has no vault" for user in sorted(accounts - vaults)]
    if noted and (noted.vaults, noted.accounts) != (len(vaults), len(accounts)):
        faults.append(f"its manifest says {noted.vaults} vaults, {noted.accounts} accounts")
    if noted and noted.failed:
        faults.append(f"{noted.failed} vaults could not be copied into it")
    return Verdict(len(vaults), len(accounts), noted.taken_at.isoformat() if noted else "", tuple(faults))


def _faults_of_vault(store: VaultStore, paths: VaultPaths) -> Iterator[str]:
    try:
        with damage_explained(), cipher.opened(paths.database, store.settled_key(paths)) as connection:
            bad = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            if bad:
                yield f"{len(bad)} pages are not as they were written"
            elif (sound := connection.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
                yield str(sound[0][0])
    except (StrongboxError, cipher.DatabaseError, OSError) as problem:
        yield str(problem)


def _faults_of_accounts(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    return [] if found == [("ok",)] else [f"accounts.db: {found[0][0]}"]
