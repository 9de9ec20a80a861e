"""CSV files (RFC 4180) as password managers write them: which column is which, and what separates them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from strongbox.exceptions import Invalid
from strongbox.vault.record import FIELDS

MAX_ROWS = 10_000

COLUMNS = {
    "title": ("title", "name", "account"),
    "username": ("username", "login_username", "user name", "login name", "email"),
    "secret": ("password", "login_password", "secret"),
    "url": ("url", "login_uri", "website", "web site", "urls"),
    "notes": ("notes", "note", "extra", "comments"),
    "otp": ("totp", "login_totp", "otp", "otpauth", "otpurl", "otpsecret"),
    "tags": ("tags", "group", "grouping", "folder", "category"),
}
"""Header names of this program's exports (the first of each) and of Bitwarden's, KeePass's, KeePassXC's, Chrome's,
Firefox's, Apple's, 1Password's, LastPass's, Dashlane's and Proton Pass's. Where a file has several for one field, the
first that is filled in counts."""

OURS = tuple(COLUMNS[field][0] for field in FIELDS)
KEEPASS = ("account", "login name", "password", "web site", "comments")
"""KeePass 2 exports `KeePass CSV (1.x)`, with backslashes: https://keepass.info/help/base/importexport.html#csv"""

DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        line: number of the file's line that it begins in, from 1.
        cells: one per column; those after the header's last are more than it names.
    """

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file's columns and rows.

    Attributes:
        header: names of the columns as the file writes them.
        rows: those with anything in them.
        ours: whether this program wrote it.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    ours: bool

    def columns_of(self, field: str) -> Iterator[int]:
        """Yield the numbers of the columns that may hold a field, the best one first."""
        names = [_plain(name) for name in self.header]
        yield from (names.index(alias) for alias in COLUMNS[field] if alias in names)


def read(text: str) -> Table:
    """Read a CSV file.

    Raises:
        Invalid: it is not one, lacks the columns, or is too long.
    """
    delimiter, names = _layout(text)
    escaped = names == KEEPASS
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        strict=True,
        doublequote=not escaped,
        escapechar="\\" if escaped else None,
    )
    rows = []
    try:
        header = tuple(next(reader, []))
        end = reader.line_num
        for cells in reader:
            if any(cells):
                rows.append(Row(end + 1, tuple(cells)))
            end = reader.line_num
    except csv.Error as problem:
        raise Invalid("file", f"The file is not a CSV file: line {reader.line_num}: {problem}.") from None
    if len(rows) > MAX_ROWS:
        raise Invalid("file", f"The file has more than {MAX_ROWS} records: split it.")
    return Table(header, tuple(rows), ours=names == OURS)


def _layout(text: str) -> tuple[str, tuple[str, ...]]:
    """Return what separates the columns, and their names: the first delimiter with which the first line is a header."""
    for delimiter in DELIMITERS:
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        names = tuple(_plain(name) for name in header)
        found = {field for field, aliases in COLUMNS.items() if set(aliases) & set(names)}
        if "secret" in found and found & {"title", "url"}:
            return delimiter, names
    raise Invalid("file", "The first line must name the columns: at least title (or url) and password.")


def _plain(name: str) -> str:
    return name.strip().casefold()
