"""Vaults: create, open just in time, destroy."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

from strongbox.atomic_write import remove_folder, sync_folder
from strongbox.exceptions import ConfigurationError, NotFound, VaultUnreadable
from strongbox.secret import Secret
from strongbox.vault import cipher, schema
from strongbox.vault.keyfile import KeyFile, read_key_file
from strongbox.vault.keyring import KeyRing
from strongbox.vault.paths import VaultPaths, all_paths

UNFINISHED = ".new-"
DOOMED = ".gone-"
UNREADABLE = "The database is damaged or not this vault's: restore it from a backup."

ABANDONED_AFTER_S = 3600
"""A creation or deletion takes milliseconds: what is older than this died."""


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class VaultStore:
    """All vaults below one folder. Nothing here looks into two of them at once.

    Attributes:
        root: the folder `users`.
        ring: unwraps their keys.
        now: the clock.
    """

    root: Path
    ring: KeyRing
    now: Callable[[], datetime] = utc_now

    @property
    def check_file(self) -> Path:
        """What proves that the key ring belongs to this data."""
        return self.root.parent / "kek-check.json"

    def paths(self, user: uuid.UUID) -> VaultPaths:
        """Return where a user's vault is or would be."""
        return VaultPaths(self.root, user)

    def require_keys(self) -> None:
        """Refuse to run with other keys than those of the data. Changes nothing.

        Raises:
            ConfigurationError: a needed key is missing or wrong.
        """
        self.ring.require_match(self.check_file)
        if self.check_file.exists():
            return
        for paths in all_paths(self.root):
            try:
                self.ring.unwrap(read_key_file(paths.key_file, paths.user).active, paths.user)
            except VaultUnreadable as problem:
                raise ConfigurationError(f"{self.check_file} is missing, and: {problem}") from None
            break

    def create(self, user: uuid.UUID) -> None:
        """Make a vault with a key of its own: all of it, or nothing.

        Raises:
            DiskFull, OSError: there is no room.
        """
        paths = self.paths(user)
        shard = paths.folder.parent
        shard.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.ring.record_use(self.check_file)
        unfinished = shard / f"{UNFINISHED}{user}"
        remove_folder(unfinished)
        unfinished.mkdir(mode=0o700)
        try:
            key = Secret(token_bytes(cipher.KEY_BYTES))
            database = unfinished / paths.database.name
            cipher.create(database, key)
            with cipher.opened(database, key) as connection:
                schema.migrate(connection)
            KeyFile(user, self.ring.wrap(key, user), self.now()).write(unfinished / paths.key_file.name)
            unfinished.rename(paths.folder)
        except BaseException:
            remove_folder(unfinished)
            raise
        sync_folder(shard)
        sync_folder(self.root)

    @contextmanager
    def opened(self, user: uuid.UUID) -> Iterator[cipher.Connection]:
        """Open a vault for as short a time as possible; nobody else has it open meanwhile.

        An unfinished rotation is finished first, and so are migrations.

        Raises:
            NotFound: there is no such vault.
            VaultBusy: it is in use for too long.
            VaultUnreadable: neither key opens it.
            VaultTooNew: a newer release wrote it.
        """
        paths = self.paths(user)
        with paths.locked():
            key = self.settled_key(paths)
            with damage_explained(), cipher.opened(paths.database, key) as connection:
                schema.migrate(connection)
                yield connection

    def settled_key(self, paths: VaultPaths) -> Secret:
        """Return the key of a vault, and finish or undo a rotation that died. Needs the lock.

        With a pending key the new one is tried first, then the old. Doing it twice does no harm.

        Raises:
            VaultUnreadable: a rotation died and neither key opens the database.
        """
        key_file = read_key_file(paths.key_file, paths.user)
        old = self.ring.unwrap(key_file.active, paths.user)
        if key_file.pending is None:
            return old
        new = self.ring.unwrap(key_file.pending, paths.user)
        if opens(paths, new):
            self._try_to_write(key_file.promoted(self.now()), paths)
            return new
        if opens(paths, old):
            self._try_to_write(key_file.without_pending(), paths)
            return old
        raise VaultUnreadable(UNREADABLE)

    def destroy(self, user: uuid.UUID) -> None:
        """Delete a vault, its key first: from then on no copy of the database on this disk can be read.

        Raises:
            VaultBusy: it is in use for too long.
        """
        paths = self.paths(user)
        doomed = paths.folder.with_name(f"{DOOMED}{user}")
        try:
            with paths.locked():
                paths.folder.rename(doomed)
                sync_folder(doomed.parent)
        except NotFound:
            pass
        erase(doomed)

    def sweep(self) -> int:
        """Finish creations and deletions that died; return how many."""
        before = self.now().timestamp() - ABANDONED_AFTER_S
        leftovers = [
            folder
            for mark in (UNFINISHED, DOOMED)
            for folder in self.root.glob(f"??/{mark}*")
            if folder.stat().st_mtime < before
        ]
        for folder in leftovers:
            erase(folder)
        return len(leftovers)

    @staticmethod
    def _try_to_write(key_file: KeyFile, paths: VaultPaths) -> None:
        """Forget the other key if the disk lets us; if not, the next opening does."""
        try:
            key_file.write(paths.key_file)
        except OSError:
            return


def opens(paths: VaultPaths, key: Secret) -> bool:
    """Tell whether a key opens a vault's database. Trying the wrong one does no harm."""
    try:
        with cipher.opened(paths.database, key):
            return True
    except cipher.DatabaseError as problem:
        if cipher.is_unreadable(problem):
            return False
        raise


@contextmanager
def damage_explained() -> Iterator[None]:
    """Raise `VaultUnreadable` where SQLite says that the file is not a database, or not with this key."""
    try:
        yield
    except cipher.DatabaseError as problem:
        if cipher.is_unreadable(problem):
            raise VaultUnreadable(UNREADABLE) from problem
        raise


def erase(folder: Path) -> None:
    """Remove a vault's folder, the key before the data."""
    for name in ("key.json", ".key.json.new"):
        (folder / name).unlink(missing_ok=True)
    remove_folder(folder)
    if folder.parent.is_dir():
        sync_folder(folder.parent)
