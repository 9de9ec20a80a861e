"""Private records, in the one vault that is open."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime

from strongbox.exceptions import Conflict, NotFound, VaultFull
from strongbox.vault import collation
from strongbox.vault.ceiling import Ceiling, size_of
from strongbox.vault.cipher import Connection, transaction
from strongbox.vault.record import FIELDS, PAGE_SIZE, Draft, Page, Record, Revision, Summary

DRAFT = ", ".join(FIELDS)
"""The columns that a person writes, in the order of `FIELDS`."""

KEPT_REVISIONS = 20
"""Per record: what it said before, so many times back."""

Row = tuple[object, ...]
"""Of a table, nothing of it proved."""


class Records:
    """The records of the person whose vault is open."""

    def __init__(self, connection: Connection, now: Callable[[], datetime], ceiling: Ceiling | None = None) -> None:
        self._connection = connection
        self._now = now
        self._ceiling = ceiling or Ceiling()
        collation.install(connection)

    def page(self, search: str = "", number: int = 1) -> Page:
        """List records whose title, user name, address, notes or tags contain the text, whatever its case, by title."""
        where = ""
        parameters: tuple[str, ...] = ()
        if search:
            columns = ("title", "username", "url", "notes")
            where = "WHERE " + " OR ".join(f"instr(folded({column}), ?)" for column in columns)
            where += " OR EXISTS (SELECT 1 FROM json_each(records.tags) WHERE instr(folded(value), ?))"
            parameters = (collation.folded(search),) * (len(columns) + 1)
        # Only constants of this function are joined into the statements; what was typed is a parameter.
        total: int = self._connection.execute(f"SELECT count(*) FROM records {where}", parameters).fetchone()[0]
        rows = self._connection.execute(
            f"SELECT id, title, username, url, tags, updated_at FROM records {where} "
            "ORDER BY sort_key(title), id LIMIT ? OFFSET ?",
            (*parameters, PAGE_SIZE, (number - 1) * PAGE_SIZE),
        )
        items = tuple(
            Summary(
                id=uuid.UUID(row[0]),
                title=row[1],
                username=row[2],
                url=row[3],
                tags=tuple(json.loads(row[4])),
                updated_at=datetime.fromisoformat(row[5]),
            )
            for row in rows
        )
        return Page(items, number, total)

    def get(self, record_id: uuid.UUID) -> Record:
        """Return one record.

        Raises:
            NotFound: there is none of this id here.
        """
        row = self._connection.execute(
            f"SELECT {DRAFT}, id, revision, created_at, updated_at FROM records WHERE id = ?",
            (str(record_id),),
        ).fetchone()
        if row is None:
            raise NotFound("There is no such record.")
        return _record(row)

    def ids(self) -> list[uuid.UUID]:
        """Return what all records are called, by title."""
        rows = self._connection.execute("SELECT id FROM records ORDER BY sort_key(title), id")
        return [uuid.UUID(row[0]) for row in rows]

    def some(self, ids: Sequence[uuid.UUID]) -> list[Record]:
        """Return those of these records that are still there, in this order."""
        found = []
        for record_id in ids:
            with suppress(NotFound):
                found.append(self.get(record_id))
        return found

    def without_known(self, drafts: list[Draft]) -> list[Draft]:
        """Return those drafts that are not here already, the same in every field."""
        known = {_digest(_draft(row)) for row in self._connection.execute(f"SELECT {DRAFT} FROM records")}
        return [draft for draft in drafts if _digest(draft) not in known]

    def add(self, *drafts: Draft) -> list[uuid.UUID]:
        """Keep new records, all or none.

        Raises:
            VaultFull: there is no room.
        """
        now = self._now().isoformat()
        ids = [uuid.uuid4() for _ in drafts]
        with transaction(self._connection), self._bounded():
            self._connection.executemany(
                f"INSERT INTO records ({DRAFT}, id, created_at, updated_at, revision) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                [(*_columns(draft), str(id_), now, now) for id_, draft in zip(ids, drafts, strict=True)],
            )
        return ids

    def bring_back(self, records: Iterable[tuple[Record, list[Revision]]]) -> tuple[int, int]:
        """Keep records with their ids, dates and history. One that is here already stays as it is.

        Returns:
            How many were brought back, and how many were here.

        Raises:
            VaultFull: there is no room.
        """
        added = known = 0
        with transaction(self._connection), self._bounded():
            for record, revisions in records:
                ids = (str(record.id),)
                if self._connection.execute("SELECT 1 FROM records WHERE id = ?", ids).fetchone():
                    known += 1
                    continue
                added += 1
                self._connection.execute(
                    f"INSERT INTO records ({DRAFT}, id, revision, created_at, updated_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *_columns(record.draft),
                        *ids,
                        record.revision,
                        record.created_at.isoformat(),
                        record.updated_at.isoformat(),
                    ),
                )
                self._connection.executemany(
                    f"INSERT INTO revisions ({DRAFT}, record_id, revision, updated_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (*_columns(revision.draft), *ids, revision.revision, revision.updated_at.isoformat())
                        for revision in revisions
                    ],
                )
        return added, known

    def change(self, record_id: uuid.UUID, draft: Draft, revision: int | None = None) -> Record:
        """Replace a record's content; what it was goes into its history.

        Args:
            record_id: which.
            draft: the new content.
            revision: the one that the person looked at, where known.

        Raises:
            NotFound: there is none of this id here.
            Conflict: it was changed in the meantime.
            VaultFull: there is no room.
        """
        with transaction(self._connection), self._bounded():
            before = self.get(record_id)
            if revision is not None and revision != before.revision:
                raise Conflict("This record was changed in the meantime. Look at it again before you save.")
            if before.draft == draft:
                return before
            self._connection.execute(
                f"INSERT INTO revisions ({DRAFT}, record_id, revision, updated_at) "
                f"SELECT {DRAFT}, id, revision, updated_at FROM records WHERE id = ?",
                (str(record_id),),
            )
            self._connection.execute(
                "UPDATE records SET title = ?, username = ?, secret = ?, url = ?, notes = ?, otp = ?, tags = ?, "
                "revision = revision + 1, updated_at = ? WHERE id = ?",
                (*_columns(draft), self._now().isoformat(), str(record_id)),
            )
            self._connection.execute(
                "DELETE FROM revisions WHERE record_id = ? AND revision < ?",
                (str(record_id), before.revision - KEPT_REVISIONS + 1),
            )
            return self.get(record_id)

    def restore(self, record_id: uuid.UUID, number: int, revision: int | None = None) -> Record:
        """Make a record what it was; what it is goes into its history.

        Args:
            record_id: which.
            number: of the revision to go back to.
            revision: the one that the person looked at, where known.

        Raises:
            NotFound: there is none of this id here, or it has no such revision.
            Conflict: it was changed in the meantime.
        """
        for before in self.history(record_id):
            if before.revision == number:
                return self.change(record_id, before.draft, revision)
        raise NotFound("This record has no such revision.")

    def remove(self, record_id: uuid.UUID) -> None:
        """Delete a record with its history.

        Raises:
            NotFound: there is none of this id here.
        """
        with transaction(self._connection):
            if not self._connection.execute("DELETE FROM records WHERE id = ?", (str(record_id),)).rowcount:
                raise NotFound("There is no such record.")

    def history(self, record_id: uuid.UUID) -> list[Revision]:
        """Return how a record was before, the latest first: at most `KEPT_REVISIONS`.

        Raises:
            NotFound: there is none of this id here.
        """
        self.get(record_id)
        rows = self._connection.execute(
            f"SELECT {DRAFT}, revision, updated_at FROM revisions WHERE record_id = ? ORDER BY revision DESC LIMIT ?",
            (str(record_id), KEPT_REVISIONS),  # older releases kept more
        )
        return [
            Revision(draft=_draft(row), revision=int(row[7]), updated_at=datetime.fromisoformat(row[8])) for row in rows
        ]

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """Refuse what ends above the ceiling, unless the vault was above it and has not grown."""
        before = size_of(self._connection)
        yield
        after = size_of(self._connection)
        if not self._ceiling.allows(after, before):
            raise VaultFull(
                f"Your vault is full: it has room for {self._ceiling.records:,} records and {self._ceiling.mib} MiB. "
                "Nothing was changed. Delete what you no longer need, with its history, and try again."
            )


def rows_of_copy(connection: Connection) -> Iterator[tuple[Row, list[Row]]]:
    """Yield what an attached copy holds, unproved: a record's row, and the latest `KEPT_REVISIONS` of its history."""
    records = connection.cursor()
    for row in records.execute(f"SELECT {DRAFT}, id, revision, created_at, updated_at FROM copy.records ORDER BY id"):
        revisions = connection.execute(
            f"SELECT {DRAFT}, revision, updated_at FROM copy.revisions WHERE record_id = ? "
            "ORDER BY revision DESC LIMIT ?",
            (row[7], KEPT_REVISIONS),
        )
        yield row, revisions.fetchall()


def _digest(draft: Draft) -> bytes:
    """Return 32 bytes for a whole draft, so that comparing with many takes little memory."""
    return hashlib.sha256(json.dumps(_columns(draft)).encode()).digest()


def _columns(draft: Draft) -> tuple[str, ...]:
    values = asdict(draft)
    return (*(values[name] for name in FIELDS[:-1]), json.dumps(draft.tags, ensure_ascii=False))


def _draft(row: tuple[str, ...]) -> Draft:
    return Draft(**dict(zip(FIELDS[:-1], row, strict=False)), tags=tuple(json.loads(row[6])))


def _record(row: tuple[str, ...]) -> Record:
    return Record(
        draft=_draft(row),
        id=uuid.UUID(row[7]),
        revision=int(row[8]),
        created_at=datetime.fromisoformat(row[9]),
        updated_at=datetime.fromisoformat(row[10]),
    )
