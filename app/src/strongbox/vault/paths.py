"""Where a person's vault is, and the lock that makes it theirs for a moment."""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strongbox.exceptions import NotFound, VaultBusy

LOCK_TIMEOUT_S = 10.0
"""A request holds the lock for milliseconds, a rotation for tens of them."""

LOCK_POLL_S = 0.002


@dataclass(frozen=True, slots=True)
class VaultPaths:
    """The folder of one vault: `users/<first two digits>/<user id>/`, holding `records.db` and `key.json`.

    The user id is a `UUID` object, made by the server: no text from outside ever becomes part of a path.
    """

    root: Path
    user: uuid.UUID

    @property
    def folder(self) -> Path:
        """The vault's own folder, mode 0700."""
        return self.root / self.user.hex[:2] / str(self.user)

    @property
    def database(self) -> Path:
        """The encrypted database."""
        return self.folder / "records.db"

    @property
    def key_file(self) -> Path:
        """The wrapped keys."""
        return self.folder / "key.json"

    @contextmanager
    def locked(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Have the vault to oneself, across threads, processes and containers of this host.

        The lock is on the folder itself (flock(2)); the kernel gives it back when its holder dies. Whoever
        waits here sees no error: a rotation takes milliseconds.

        Raises:
            NotFound: there is no such vault, or it was deleted while waiting.
            VaultBusy: somebody held it for longer than the timeout.
        """
        try:
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            raise NotFound("There is no such vault.") from None
        try:
            _acquire(descriptor, timeout_s)
            if not self._is(descriptor):
                raise NotFound("The vault was deleted.")
            yield
        finally:
            os.close(descriptor)

    def _is(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(self.folder.stat(follow_symlinks=False), os.fstat(descriptor))
        except FileNotFoundError:
            return False


def _acquire(descriptor: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise VaultBusy("Your database is busy. Nothing was changed; try again in a moment.") from None
            time.sleep(LOCK_POLL_S)
        else:
            return


def all_paths(root: Path) -> Iterator[VaultPaths]:
    """Name every vault, one at a time and in order: memory stays constant however many there are."""
    if not root.is_dir():
        return
    for shard in sorted(root.iterdir()):
        if shard.is_dir() and not shard.is_symlink():
            for folder in sorted(shard.iterdir()):
                user = _user_id(folder.name)
                if user is not None:
                    yield VaultPaths(root, user)


def _user_id(name: str) -> uuid.UUID | None:
    try:
        user = uuid.UUID(name)
    except ValueError:
        return None
    return user if str(user) == name else None
