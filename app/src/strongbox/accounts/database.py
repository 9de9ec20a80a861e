"""accounts.db: opened by SQLAlchemy, shaped by Alembic.

It keeps SQLite's rollback journal: unlike a write-ahead log it can be read when the disk is full.

Another database server takes more than another `url`: the statements at opening, the file's mode and the snapshot
(`copy`) are SQLite's.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 5.0
MIGRATIONS = files("strongbox.accounts") / "migrations"
REVISION_LENGTH = 4


def url(data_dir: Path) -> str:
    """Return where the accounts are."""
    return f"sqlite:///{data_dir / 'accounts.db'}"


def open_engine(data_dir: Path) -> Engine:
    """Prepare access; the file is opened when a request needs it and closed at its end."""
    engine = create_engine(
        url(data_dir), poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def upgrade(data_dir: Path) -> None:
    """Bring accounts.db to the newest schema, all of it or nothing. Two at once take turns."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _one_at_a_time(data_dir), open_engine(data_dir).begin() as connection:
        if revision(connection) == newest_revision():
            return
        from alembic import command  # noqa: PLC0415 - a fifth of a start's time, which only a new schema needs
        from alembic.config import Config  # noqa: PLC0415 - only a new schema needs it

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    (data_dir / "accounts.db").chmod(0o600)


def revision(connection: Connection) -> str | None:
    """Return the schema's revision as Alembic noted it; nothing where the database is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    noted: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return noted


def newest_revision() -> str:
    """Return this release's revision. The migrations' files are called `<revision>_<what>.py`, in order."""
    return max(file.name for file in (MIGRATIONS / "versions").iterdir() if file.name.endswith(".py"))[:REVISION_LENGTH]


def has_tables(engine: Engine) -> bool:
    """Tell whether accounts.db was ever brought to a schema; a newer one will do, for migrations only add."""
    return inspect(engine).has_table("users")


def _prepare_connection(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions, so that they hold changes of tables too
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
