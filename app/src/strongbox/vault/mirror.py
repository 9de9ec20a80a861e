"""A folder that is brought up to the live data again and again: only what changed is copied.

A vault's files are copied as they are, under the vault's lock: nobody has them open then, because no handle outlives a
request (`VaultStore.opened`). Whatever did not change keeps its bytes and its times, so a backup of the folder finds
nothing new in it. `VACUUM INTO` would encrypt every page again, each time.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from strongbox.accounts.copy import copied
from strongbox.atomic_write import remove_folder, write_durably
from strongbox.exceptions import NotFound, StrongboxError
from strongbox.vault import cipher, manifest
from strongbox.vault.manifest import Manifest
from strongbox.vault.paths import VaultPaths, all_paths
from strongbox.vault.store import VaultStore, damage_explained

FRESH_S = 1.0
"""A file that changed this shortly ago may change again without a later time: file systems count in ticks."""


@dataclass(slots=True)
class Report:
    """What became of the vaults.

    Attributes:
        vaults: how many the mirror has as they are now.
        copied: how many of them had changed.
        failures: of those that could not be copied: whose, and why; the mirror keeps their former copy.
    """

    vaults: int = 0
    copied: int = 0
    failures: list[tuple[uuid.UUID, str]] = field(default_factory=list)


def bring_up(data_dir: Path, store: VaultStore, folder: Path) -> Report:
    """Bring a folder up to the live data. Stopped midway it has no manifest, and the next run finishes it.

    Args:
        data_dir: where accounts.db is.
        store: the vaults.
        folder: the mirror; made where it is missing.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    taken_at = store.now()
    trusted = manifest.withdraw(folder)
    # Accounts first, as in a snapshot: what is signed up meanwhile has a vault and no account in the mirror.
    with copied(data_dir / "accounts.db") as accounts:
        report, there = _mirror_vaults(store, folder, trusted=trusted)
        accounts.drop(accounts.ids() - there)
        _write_if_changed(folder / "accounts.db", accounts.content())
        count = len(accounts.ids())
    for gone in [paths for paths in all_paths(folder / "users") if paths.user not in there]:
        remove_folder(gone.folder)
    if store.check_file.exists():
        _write_if_changed(folder / store.check_file.name, store.check_file.read_bytes())
    if report.copied or not trusted:
        os.sync()  # all files at once: one by one they cost a wait for the disk each
    if not report.failures:
        Manifest(taken_at, report.vaults, count).write(folder)
    return report


def _mirror_vaults(store: VaultStore, folder: Path, *, trusted: bool) -> tuple[Report, set[uuid.UUID]]:
    """Mirror every vault; return what became of them, and whose are there."""
    report, there = Report(), set()
    for paths in all_paths(store.root):
        try:
            changed = _mirror_vault(store, paths, VaultPaths(folder / "users", paths.user), trusted=trusted)
        except NotFound:
            continue
        except StrongboxError as problem:
            report.failures.append((paths.user, problem.message))
        else:
            report.copied += changed
            report.vaults += 1
        there.add(paths.user)
    return report, there


def _mirror_vault(store: VaultStore, source: VaultPaths, target: VaultPaths, *, trusted: bool) -> bool:
    """Copy what changed of a vault; return whether anything did.

    `trusted`: the last run ended well, so a file of the same size and time is the same file.
    """
    with source.locked():
        pairs = ((source.database, target.database), (source.key_file, target.key_file))
        changed = [pair for pair in pairs if not _is_same(*pair, trusted=trusted)]
        if not changed and not _log(source).exists():
            return False
        _settle(store, source)
        target.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        changed = [pair for pair in pairs if not _is_same(*pair, trusted=trusted)]
        ready = [(_copied_beside(live, copy), copy) for live, copy in changed]
        for beside, copy in ready:
            beside.replace(copy)
        return bool(changed)


def _settle(store: VaultStore, paths: VaultPaths) -> None:
    """Finish what a crash left: a rotation, or a write-ahead log, which the last to close the database empties."""
    key = store.settled_key(paths)
    if _log(paths).exists():
        with damage_explained(), cipher.opened(paths.database, key) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _log(paths: VaultPaths) -> Path:
    return paths.database.with_name(f"{paths.database.name}-wal")


def _is_same(live: Path, copy: Path, *, trusted: bool) -> bool:
    try:
        expected, found = live.stat(), copy.stat()
    except FileNotFoundError:
        return False
    if (expected.st_size, expected.st_mtime_ns) != (found.st_size, found.st_mtime_ns):
        return False
    return trusted or filecmp.cmp(live, copy, shallow=False)


def _copied_beside(live: Path, copy: Path) -> Path:
    beside = copy.with_name(f".{copy.name}.new")
    beside.unlink(missing_ok=True)
    shutil.copyfile(live, beside)
    beside.chmod(0o600)
    changed_ns = live.stat().st_mtime_ns
    fresh = time.time() - changed_ns / 1e9 < FRESH_S
    # One nanosecond off, so that the next run copies it again whatever its time is then.
    os.utime(beside, ns=(changed_ns - fresh, changed_ns - fresh))
    return beside


def _write_if_changed(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        write_durably(path, content)
