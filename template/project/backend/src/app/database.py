"""Sessions, for Flask, Celery and scripts alike."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from app.settings import database_url

POOL_SIZE = 5
MOST_CONNECTIONS = 10


@functools.cache
def engine() -> Engine:
    """Return the one pool of this process; a worker's child makes its own after the fork."""
    url = database_url()
    if url.get_backend_name() == "sqlite":
        made = create_engine(url)
        event.listen(made, "connect", _keep_foreign_keys)
        return made
    return create_engine(url, pool_pre_ping=True, pool_size=POOL_SIZE, max_overflow=MOST_CONNECTIONS - POOL_SIZE)


@contextmanager
def session() -> Iterator[Session]:
    """Commit when the block ends, roll back when it fails; what was read can be used afterwards."""
    with Session(engine(), expire_on_commit=False) as opened, opened.begin():
        yield opened


def _keep_foreign_keys(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
