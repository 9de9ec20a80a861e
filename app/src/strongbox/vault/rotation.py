"""New keys for vaults, safe against a crash or power loss at any instant.

The order of `rotate` is the whole point:

1. have the vault to oneself; requests wait for some milliseconds;
2. put the new key, wrapped, on disk beside the old one (`declare`);
3. re-encrypt in an exclusive transaction on a fresh connection, and throw that connection away (`reencrypt`);
4. open the database with the new key and prove that all is there (`prove`);
5. only then forget the old key (`promote`).

A crash after any step leaves both keys on disk until one of them is seen to open the database
(`VaultStore.settled_key`). A backup carries its own key file, so it never needs a key that was forgotten here.
"""

from __future__ import annotations

import shutil
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from secrets import token_bytes

from strongbox.exceptions import NotFound, RotationRefused, StrongboxError, VaultUnreadable
from strongbox.secret import Secret
from strongbox.vault import cipher
from strongbox.vault.keyfile import KeyFile, read_key_file
from strongbox.vault.paths import VaultPaths, all_paths
from strongbox.vault.store import VaultStore

FREE_SPACE_FACTOR = 2
"""A rekey writes the whole database into its write-ahead log and then back."""

FREE_SPACE_MARGIN = 1 << 20
"""Bytes, for the key file and the file system's own needs."""

AT_ONCE = 4
"""Rotations under way at the same time: with one core's work and three waits for the disk both are busy."""

Count = dict[str, int]
"""Rows a table."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one vault: `rotated`, or the reason why not."""

    user: uuid.UUID
    problem: StrongboxError | None = None


def rotate(store: VaultStore, paths: VaultPaths) -> None:
    """Give one vault a new key.

    Raises:
        RotationRefused: it was not possible now; the database is intact under its old key.
        VaultBusy, VaultUnreadable, NotFound: as for opening.
    """
    with paths.locked():
        old = store.settled_key(paths)
        require_free_space(paths)
        key_file = read_key_file(paths.key_file, paths.user)
        new = Secret(token_bytes(cipher.KEY_BYTES))
        try:
            declared = declare(store, paths, key_file, new)
            expected = reencrypt(paths, old, new)
            prove(paths, new, expected)
        except (cipher.DatabaseError, StrongboxError, OSError) as problem:
            store.settled_key(paths)
            raise RotationRefused(f"The key was not rotated ({problem}); the old one stays.") from problem
        promote(store, paths, declared)


def rotate_if_older(store: VaultStore, paths: VaultPaths, age: timedelta) -> bool:
    """Give a vault a new key if its key has at least this age; return whether it was so."""
    if read_key_file(paths.key_file, paths.user).rotated_at > store.now() - age:
        return False
    rotate(store, paths)
    return True


def require_free_space(paths: VaultPaths) -> None:
    """Refuse before anything is written when the disk could fill up midway."""
    needed = FREE_SPACE_FACTOR * paths.database.stat().st_size + FREE_SPACE_MARGIN
    free = shutil.disk_usage(paths.folder).free
    if free < needed:
        raise RotationRefused(f"The key was not rotated: {free} bytes are free on the disk, {needed} are needed.")


def declare(store: VaultStore, paths: VaultPaths, key_file: KeyFile, new: Secret) -> KeyFile:
    """Put the new key on disk, beside the old one."""
    declared = key_file.with_pending(store.ring.wrap(new, paths.user))
    declared.write(paths.key_file)
    return declared


def reencrypt(paths: VaultPaths, old: Secret, new: Secret) -> Count:
    """Count the rows, then re-encrypt every page. Whatever the outcome, the connection is never used again."""
    with cipher.opened(paths.database, old) as connection:
        before = _count(connection)
        cipher.rekey(connection, new)
    return before


def prove(paths: VaultPaths, new: Secret, expected: Count) -> None:
    """Open with the new key and check everything: `ok` from a rekey proves nothing.

    The log is emptied into the main file before the pages' checksums are read: they cover the main file only.

    Raises:
        RotationRefused: something is not as before.
    """
    try:
        with cipher.opened(paths.database, new) as connection:
            found = _count(connection)
            sound = connection.execute("PRAGMA integrity_check").fetchall()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            bad_pages = connection.execute("PRAGMA cipher_integrity_check").fetchall()
    except cipher.DatabaseError as problem:
        raise RotationRefused(f"the new key does not open the database: {problem}") from problem
    if found != expected or sound != [("ok",)] or bad_pages:
        raise RotationRefused(f"the database differs after re-encryption: {len(bad_pages)} bad pages, {sound[:3]}")


def promote(store: VaultStore, paths: VaultPaths, declared: KeyFile) -> None:
    """Forget the old key. Where the disk refuses, the next opening does it."""
    try:
        declared.promoted(store.now()).write(paths.key_file)
    except OSError as problem:
        raise RotationRefused(f"The new key is in use, but could not be noted ({problem}).") from problem


def rotate_all(
    store: VaultStore, older_than: timedelta, limit: int | None = None, pause: Callable[[], None] = lambda: None
) -> Iterator[Outcome]:
    """Rotate the keys of all vaults that are due, a few at a time, and report each.

    Most of a rotation is waiting for the disk, which takes several at once as fast as one. It can be stopped at any
    instant and started again: what was done is not due any more.

    Args:
        store: the vaults.
        older_than: a key of at least this age is due.
        limit: stop after so many.
        pause: called between two, to leave room for others.
    """
    under_way: deque[Future[Outcome | None]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for paths in islice(_due(store, store.now() - older_than), limit):
            under_way.append(workers.submit(_try_to_rotate, store, paths))
            # No more than this wait: memory stays constant however many vaults there are.
            if len(under_way) > AT_ONCE:
                yield from _known(under_way.popleft())
            pause()
        for last in under_way:
            yield from _known(last)


def rewrap_all(store: VaultStore, chosen: Iterable[VaultPaths] | None = None) -> Iterator[Outcome]:
    """Wrap every vault's key under the active key-encryption key. No database is touched.

    When all are done the older versions are forgotten in the check file: their lines may leave the kek file.
    Backups made before still need them.
    """
    store.ring.record_use(store.check_file)
    failed = False
    for paths in chosen if chosen is not None else all_paths(store.root):
        try:
            if rewrap(store, paths):
                yield Outcome(paths.user)
        except NotFound:
            continue
        except (StrongboxError, OSError) as problem:
            failed = True
            yield Outcome(paths.user, VaultUnreadable(str(problem)))
    if not failed:
        store.ring.record_use(store.check_file, only_active=True)


def rewrap(store: VaultStore, paths: VaultPaths) -> bool:
    """Wrap one vault's key again; return whether there was anything to do."""
    with paths.locked():
        key_file = read_key_file(paths.key_file, paths.user)
        if key_file.active.version == store.ring.active and key_file.pending is None:
            return False
        key = store.settled_key(paths)
        settled = read_key_file(paths.key_file, paths.user)
        replace(settled, active=store.ring.wrap(key, paths.user), pending=None).write(paths.key_file)
        return True


def _due(store: VaultStore, before: datetime) -> Iterator[VaultPaths]:
    for paths in all_paths(store.root):
        try:
            if read_key_file(paths.key_file, paths.user).rotated_at > before:
                continue
        except VaultUnreadable:
            pass  # deleted meanwhile or damaged: the attempt will tell
        yield paths


def _try_to_rotate(store: VaultStore, paths: VaultPaths) -> Outcome | None:
    try:
        rotate(store, paths)
    except NotFound:
        return None
    except StrongboxError as problem:
        return Outcome(paths.user, problem)
    return Outcome(paths.user)


def _known(rotation: Future[Outcome | None]) -> Iterator[Outcome]:
    outcome = rotation.result()
    if outcome is not None:
        yield outcome


def _count(connection: cipher.Connection) -> Count:
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counted = [f'SELECT count(*) FROM "{table}"' for table in tables]  # noqa: S608 - names of our own tables, quoted
    return {table: connection.execute(count).fetchone()[0] for table, count in zip(tables, counted, strict=True)}
