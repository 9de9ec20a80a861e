"""SQLCipher, handled with the care it needs.

https://www.zetetic.net/sqlcipher/sqlcipher-api/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from strongbox.exceptions import ConfigurationError, DiskFull
from strongbox.secret import Secret

if TYPE_CHECKING:  # the two modules have the same interface; only one of them has types
    import sqlite3 as sqlcipher
else:
    from sqlcipher3 import dbapi2 as sqlcipher

Connection = sqlcipher.Connection
DatabaseError = sqlcipher.DatabaseError

KEY_BYTES = 32
"""AES-256."""

MIN_VERSION = (4, 19)
"""Older ones answer `ok` to a rekey that did not happen, and then lose the database (sqlcipher issue 616)."""

PINNED_SETTINGS = {
    "PRAGMA kdf_iter = 256000;",
    "PRAGMA cipher_page_size = 4096;",
    "PRAGMA cipher_use_hmac = 1;",
    "PRAGMA cipher_plaintext_header_size = 0;",
    "PRAGMA cipher_hmac_algorithm = HMAC_SHA512;",
    "PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA512;",
}
"""SQLCipher 4's format. Without the HMAC a changed page would go unnoticed."""

BUSY_TIMEOUT_S = 5.0
"""How long SQLite waits for a program that holds the file without our lock, as a backup tool might."""

ON_OPENING = (
    "PRAGMA cipher_log_level = NONE",  # it would print to stderr; we report failures ourselves
    "PRAGMA locking_mode = EXCLUSIVE",  # one connection at a time: no shared-memory file beside the database
    "PRAGMA synchronous = FULL",  # an acknowledged write survives power loss
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)


def require_library() -> None:
    """Refuse to run on a SQLCipher whose key rotation can't be trusted, or with other settings than ours.

    Raises:
        ConfigurationError: with what was found and what is needed.
    """
    with _closing(sqlcipher.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA key = {_literal(Secret(bytes(KEY_BYTES)))}")
        version: str = connection.execute("PRAGMA cipher_version").fetchone()[0]
        settings = {row[0] for row in connection.execute("PRAGMA cipher_settings")}
        compiled = {row[0] for row in connection.execute("PRAGMA compile_options")}
    if tuple(int(part) for part in version.split(maxsplit=1)[0].split(".")[:2]) < MIN_VERSION:
        raise ConfigurationError(f"SQLCipher {version} can lose data at a key rotation: install sqlcipher3>=0.6.4.")
    if settings != PINNED_SETTINGS:
        raise ConfigurationError(f"SQLCipher has unexpected settings: {sorted(settings ^ PINNED_SETTINGS)}.")
    if not compiled & {"TEMP_STORE=2", "TEMP_STORE=3"}:
        raise ConfigurationError("SQLCipher would write temporary tables to disk in plain: TEMP_STORE must be 2 or 3.")


@contextmanager
def opened(path: Path, key: Secret) -> Iterator[Connection]:
    """Open an existing database for one purpose, and close it whatever happens.

    A handle on which anything failed is never used again: after a failed rekey the next write would destroy
    the database.

    Raises:
        DatabaseError: the key is wrong or the file is damaged (`is_unreadable`), or it is in use.
        DiskFull: there is no room to write.
    """
    connection = sqlcipher.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S
    )
    with translated_failures(), _closing(connection):
        _unlock(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


def create(path: Path, key: Secret) -> None:
    """Write an empty encrypted database in WAL mode."""
    with translated_failures(), _closing(sqlcipher.connect(str(path), isolation_level=None)) as connection:
        _unlock(connection, key)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA user_version = 0")
    path.chmod(0o600)


def rekey(connection: Connection, new: Secret) -> None:
    """Re-encrypt under a new key, or fail without harm. The caller closes the handle and verifies by reopening.

    The exclusive transaction comes first: with a reader or a writer about, a bare rekey may claim success
    without doing anything.
    """
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute(f"PRAGMA rekey = {_literal(new)}")
    connection.execute("COMMIT")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Do all of it or nothing; the database is locked for writing from the start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # after some failures SQLite has ended it by itself
            connection.execute("ROLLBACK")
        raise


def is_unreadable(error: DatabaseError) -> bool:
    """Tell whether the file is missing, damaged, or not a database under this key (https://sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlcipher.SQLITE_NOTADB, sqlcipher.SQLITE_CORRUPT, sqlcipher.SQLITE_CANTOPEN}


@contextmanager
def translated_failures() -> Iterator[None]:
    """Raise `DiskFull` where SQLite says that there is no room."""
    try:
        yield
    except sqlcipher.OperationalError as problem:
        if problem.sqlite_errorcode == sqlcipher.SQLITE_FULL:
            raise DiskFull from problem
        raise


def attach(connection: Connection, path: Path, name: str, passphrase: str) -> None:
    """Attach another database, encrypted with a passphrase of its owner's choice (PBKDF2, 256,000 rounds)."""
    connection.execute("ATTACH DATABASE ? AS " + name + " KEY ?", (str(path), passphrase))


@contextmanager
def opened_copy(path: Path, passphrase: str) -> Iterator[Connection]:
    """Open a file that somebody brings, for reading, as the schema `copy` beside an empty database.

    Raises:
        DatabaseError: the passphrase is wrong, or the file is damaged or is not a SQLCipher database (`is_unreadable`).
    """
    with translated_failures(), _closing(sqlcipher.connect(":memory:", uri=True, isolation_level=None)) as connection:
        for statement in (*ON_OPENING, "PRAGMA cell_size_check = ON", "PRAGMA query_only = ON"):
            connection.execute(statement)
        file = f"{path.absolute().as_uri()}?mode=ro"
        connection.execute("ATTACH DATABASE ? AS copy KEY ?", (file, passphrase))
        connection.execute("SELECT count(*) FROM copy.sqlite_master").fetchone()
        yield connection


@contextmanager
def in_memory() -> Iterator[Connection]:
    """Open an empty database that is nowhere on a disk."""
    with _closing(sqlcipher.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def _unlock(connection: Connection, key: Secret) -> None:
    connection.execute(f"PRAGMA key = {_literal(key)}")
    for statement in ON_OPENING:
        connection.execute(statement)


def _literal(key: Secret) -> str:
    """Write a raw key as SQLCipher wants it; a PRAGMA takes no parameters."""
    raw = key.reveal()
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a database key has {KEY_BYTES} bytes, not {len(raw)}")
    return f"\"x'{raw.hex()}'\""


@contextmanager
def _closing(connection: Connection) -> Iterator[Connection]:
    try:
        yield connection
    finally:
        connection.close()
