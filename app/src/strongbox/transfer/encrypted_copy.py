"""A person's own database as a file, encrypted with their own passphrase; any SQLCipher 4 program opens it.

What is brought back may have been made by anybody: nothing of it is believed before it is checked.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from marshmallow import ValidationError
from werkzeug.datastructures import FileStorage

from strongbox.exceptions import Invalid
from strongbox.transfer.imports import fitted
from strongbox.vault import cipher, schema
from strongbox.vault.record import FIELDS, Draft, Record, Revision
from strongbox.vault.records import Row, rows_of_copy

NAME = ".export.db"
BROUGHT = ".import.db"
Add = Callable[[Iterator[tuple[Record, list[Revision]]]], tuple[int, int]]
"""Keeps records with their history; returns how many are new, and how many were here already."""

MAX_REVISION = 1_000_000_000


@dataclass
class Return:
    """What became of a copy.

    Attributes:
        added: records that were brought back.
        known: records that were here, and stayed as they are.
        unreadable: records that are not as Strongbox writes them.
    """

    added: int = 0
    known: int = 0
    unreadable: int = 0


def make(connection: cipher.Connection, folder: Path, passphrase: str) -> BinaryIO:
    """Return the copy, open for reading and already without a name: when it is closed, it is gone from the disk.

    It lies in the vault's own folder, and is encrypted from the start.

    Args:
        connection: of the opened vault, whose lock keeps others out of the folder.
        folder: of the vault.
        passphrase: for the copy.
    """
    file = folder / NAME
    file.unlink(missing_ok=True)
    try:
        cipher.attach(connection, file, "copy", passphrase)
        connection.execute("SELECT sqlcipher_export('copy')").fetchone()
        connection.execute("DETACH DATABASE copy")
        return file.open("rb")
    finally:
        file.unlink(missing_ok=True)


def bring_back(add: Add, folder: Path, file: FileStorage, passphrase: str) -> Return:
    """Add the records of a copy to a vault: ids, dates and history included, all of them or none.

    Args:
        add: keeps them in the opened vault, whose lock keeps others out of the folder.
        folder: of the vault; the copy is there for a moment, encrypted as it came.
        file: the copy.
        passphrase: that it was made with.

    Raises:
        Invalid: the passphrase does not open it, or it is not such a copy.
    """
    path = folder / BROUGHT
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    result = Return()
    try:
        with path.open("wb") as target:
            file.save(target)
        with cipher.opened_copy(path, passphrase) as copy:
            if not schema.is_ours(schema.tables(copy, "copy")):
                raise Invalid("copy", "This database was not made by Strongbox, or by a newer release.")
            result.added, result.known = add(_proved(copy, result))
    except cipher.DatabaseError as problem:
        if not cipher.is_unreadable(problem):
            raise
        raise Invalid("copy", "The passphrase does not open this file, or it is not such a copy.") from None
    finally:
        path.unlink(missing_ok=True)
    return result


def _proved(copy: cipher.Connection, result: Return) -> Iterator[tuple[Record, list[Revision]]]:
    for row, before in rows_of_copy(copy):
        try:
            *_, id_, revision, created_at, updated_at = row
            record = Record(
                draft=_draft(row),
                id=uuid.UUID(str(id_)),
                revision=_number(revision),
                created_at=_moment(created_at),
                updated_at=_moment(updated_at),
            )
            revisions = [
                Revision(draft=_draft(old), revision=_number(old[7]), updated_at=_moment(old[8])) for old in before
            ]
        except (ValueError, ValidationError):
            result.unreadable += 1
            continue
        yield record, revisions


def _draft(row: Row) -> Draft:
    *texts, tags = row[: len(FIELDS)]
    if not all(isinstance(text, str) for text in (*texts, tags)):
        raise ValueError("not text")
    values: dict[str, object] = {**dict(zip(FIELDS, texts, strict=False)), "tags": json.loads(str(tags))}
    draft, _ = fitted(values)
    return draft


def _number(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= MAX_REVISION:
        raise ValueError("not a revision's number")
    return value


def _moment(value: object) -> datetime:
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found
