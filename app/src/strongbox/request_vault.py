"""The way from a request to its vault: one person's, for as short a time as possible."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from strongbox.services import Services, services
from strongbox.vault.cipher import Connection
from strongbox.vault.record import Draft
from strongbox.vault.records import Records

AT_ONCE = 20
"""Records that are held in memory: some megabytes, if each is as long as it may be."""


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


def drafts_of(user: uuid.UUID) -> Iterator[Draft]:
    """Return all that the person whom this request belongs to has written down, by title, to be sent.

    It may take as long as it takes the visitor, so the vault is closed in between, and free for others.
    """
    with records_of(user) as records:
        ids = records.ids()
    return _few_at_a_time(services(), user, ids)


def _few_at_a_time(parts: Services, user: uuid.UUID, ids: list[uuid.UUID]) -> Iterator[Draft]:
    """Yield these records. Flask's request is over by then, so nothing here may ask for its context."""
    for start in range(0, len(ids), AT_ONCE):
        with parts.vaults.opened(user) as connection:
            some = Records(connection, parts.now).some(ids[start : start + AT_ONCE])
        yield from (record.draft for record in some)
