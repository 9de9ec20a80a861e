"""A consistent copy of all data while the app serves.

Never a copy of the files: a database that is being written would be torn, and its own integrity check would not
notice. `VACUUM INTO` copies inside SQLite, under the vault's lock, and the copy is encrypted like the original. Each
vault's key file goes with it, so that a snapshot needs nothing but the key-encryption key of its time.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

from strongbox.accounts.copy import copied
from strongbox.atomic_write import remove_folder, sync_folder, write_durably
from strongbox.exceptions import Conflict, NotFound, StrongboxError
from strongbox.vault import cipher
from strongbox.vault.keyfile import read_key_file
from strongbox.vault.manifest import Manifest
from strongbox.vault.paths import VaultPaths, all_paths
from strongbox.vault.store import VaultStore, damage_explained

UNFINISHED = ".unfinished"


@dataclass(slots=True)
class Report:
    """What a snapshot holds.

    Attributes:
        vaults: how many were copied.
        failures: of those that could not be: whose, and why.
    """

    vaults: int = 0
    failures: list[tuple[uuid.UUID, str]] = field(default_factory=list)


def take(data_dir: Path, store: VaultStore, folder: Path) -> Report:
    """Write a snapshot into a new folder; it has its final name only when it is complete.

    Args:
        data_dir: where accounts.db is.
        store: the vaults.
        folder: must not exist yet.

    Raises:
        Conflict: the folder exists.
    """
    if folder.exists():
        raise Conflict(f"{folder} exists already: name a new folder.")
    unfinished = folder.with_name(f"{folder.name}{UNFINISHED}")
    remove_folder(unfinished)
    unfinished.mkdir(mode=0o700, parents=True)
    report = Report()
    # Accounts first: whoever signs up meanwhile has a vault and no account in the copy, which does no harm. The other
    # way round there would be accounts without a vault: a name that is taken, and a login that leads nowhere.
    with copied(data_dir / "accounts.db") as accounts:
        kept = set()
        for paths in all_paths(store.root):
            try:
                _copy_vault(store, paths, VaultPaths(unfinished / "users", paths.user))
                kept.add(paths.user)
            except NotFound:
                continue
            except StrongboxError as problem:
                report.failures.append((paths.user, problem.message))
        report.vaults = len(kept)
        # What has no vault by now was being deleted.
        accounts.drop(accounts.ids() - kept - {user for user, _ in report.failures})
        write_durably(unfinished / "accounts.db", accounts.content())
        count = len(accounts.ids())
    if store.check_file.exists():
        write_durably(unfinished / store.check_file.name, store.check_file.read_bytes())
    Manifest(store.now(), report.vaults, count, len(report.failures)).write(unfinished)
    unfinished.rename(folder)
    sync_folder(folder.parent)
    return report


def _copy_vault(store: VaultStore, source: VaultPaths, target: VaultPaths) -> None:
    with source.locked():
        target.folder.mkdir(mode=0o700, parents=True)
        key = store.settled_key(source)
        with damage_explained(), cipher.opened(source.database, key) as connection:
            connection.execute("VACUUM INTO ?", (str(target.database),))
        read_key_file(source.key_file, source.user).write(target.key_file)
    target.database.chmod(0o600)
