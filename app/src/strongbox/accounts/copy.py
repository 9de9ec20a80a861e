"""accounts.db as it was at one moment, held in memory until the vaults that belong to it are copied."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class AccountsCopy:
    """A copy of all accounts and sessions; changing it changes nothing on the disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def ids(self) -> set[uuid.UUID]:
        """Return whose accounts are in it; nobody's where the database was never brought to a schema."""
        if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'users'").fetchone():
            return set()
        return {uuid.UUID(row[0]) for row in self._connection.execute("SELECT id FROM users")}

    def drop(self, users: Collection[uuid.UUID]) -> None:
        """Take accounts out of it, with their sessions."""
        if not users:
            return
        self._connection.execute("PRAGMA foreign_keys = ON")
        with self._connection:
            self._connection.executemany("DELETE FROM users WHERE id = ?", [(user.hex,) for user in users])

    def content(self) -> bytes:
        """Return what a file with this copy holds: the same bytes for the same accounts."""
        return self._connection.serialize()


@contextmanager
def copied(database: Path) -> Iterator[AccountsCopy]:
    """Copy accounts.db inside SQLite, so that a write at that moment is in it or not, and never half.

    Raises:
        sqlite3.DatabaseError: the file is missing or damaged.
    """
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(":memory:")) as memory,
    ):
        live.backup(memory)
        yield AccountsCopy(memory)
