"""Counters of attempts, shared by all workers and by both slots of a deploy.

Flask-Limiter decides; this is its storage: one small SQLite file. Its loss costs nothing but the counts, so it is
not forced to disk, and when it can't be written Flask-Limiter counts in memory.
"""

from __future__ import annotations

import ipaddress
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import request
from limits.storage import Storage

SCHEME = "strongbox"
BUSY_TIMEOUT_S = 2.0
IPV6_NETWORK_BITS = 64
"""A visitor with IPv6 has that many addresses of their own (RFC 6177)."""


class SqliteStorage(Storage):
    """Fixed windows in a table: key, count, end of the window."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - declared so by the base class

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = Path(uri.removeprefix(f"{SCHEME}://"))

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a broken storage raises."""
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return the count of the current window."""
        now = time.time()
        with self._opened() as connection:
            connection.execute("DELETE FROM counters WHERE ends_at <= ?", (now,))
            row = connection.execute(
                "INSERT INTO counters VALUES (?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET count = count + excluded.count RETURNING count",
                (key, amount, now + expiry),
            ).fetchone()
        return int(row[0])

    def get(self, key: str) -> int:
        """Return the count of the current window."""
        with self._opened() as connection:
            row = connection.execute(
                "SELECT count FROM counters WHERE key = ? AND ends_at > ?", (key, time.time())
            ).fetchone()
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """Return when the current window ends, in seconds since 1970."""
        with self._opened() as connection:
            row = connection.execute("SELECT ends_at FROM counters WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row else time.time()

    def check(self) -> bool:
        """Tell whether counting works."""
        try:
            self.get("check")
        except sqlite3.Error:
            return False
        return True

    def reset(self) -> int | None:
        """Forget everything; return how many counters there were."""
        with self._opened() as connection:
            return connection.execute("DELETE FROM counters").rowcount

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._opened() as connection:
            connection.execute("DELETE FROM counters WHERE key = ?", (key,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, count INTEGER, ends_at REAL) STRICT"
            )
            yield connection
        finally:
            connection.close()


def visitor_network() -> str:
    """Return whom to count: the visitor's address, or their network where a visitor has many addresses."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)
