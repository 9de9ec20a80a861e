"""The way from a request to its vault: one person's, for as short a time as possible."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from strongbox.services import services
from strongbox.vault.cipher import Connection
from strongbox.vault.records import Records


@contextmanager
def vault_of(user: uuid.UUID) -> Iterator[Connection]:
    """Open the vault of the person whom this request belongs to.

    A request has one person: asking for a second one's vault is a defect, and stops here.
    """
    if g.setdefault("vault_owner", user) != user:
        raise RuntimeError("a request must not open the vaults of two people")
    with services().vaults.opened(user) as connection:
        yield connection


@contextmanager
def records_of(user: uuid.UUID) -> Iterator[Records]:
    """Open the records of the person whom this request belongs to."""
    with vault_of(user) as connection:
        yield Records(connection, services().now, services().settings.ceiling)
