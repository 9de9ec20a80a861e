"""What a record is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

PAGE_SIZE = 50
FIELDS = ("title", "username", "secret", "url", "notes", "otp", "tags")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a person writes down.

    Attributes:
        otp: seed of one-time codes in base32 (RFC 6238), or empty.
    """

    title: str
    username: str = ""
    secret: str = ""
    url: str = ""
    notes: str = ""
    otp: str = ""
    tags: tuple[str, ...] = ()

    def with_line_breaks_of(self, before: Draft) -> Draft:
        """Return this draft with the line breaks (CR LF or CR) of an earlier one in each text that is else the same.

        A browser's form has one kind of line break only: who changes a title doesn't mean to change those of a key.
        """
        kept = {
            name: getattr(before, name)
            for name in FIELDS[:-1]
            if getattr(self, name) == _with_newlines(getattr(before, name))
        }
        return replace(self, **kept)

    def __repr__(self) -> str:
        return "<Draft [redacted]>"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A draft that was kept. Each change gives it the next revision number."""

    id: uuid.UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    draft: Draft


@dataclass(frozen=True, kw_only=True)
class Revision:
    """How a record was, until it was changed."""

    revision: int
    updated_at: datetime
    draft: Draft


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A line of the list: nothing secret in it."""

    id: uuid.UUID
    title: str
    username: str
    url: str
    tags: tuple[str, ...]
    updated_at: datetime


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        items: at most `PAGE_SIZE` summaries, by title.
        number: from 1.
        total: of all pages.
    """

    items: tuple[Summary, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
