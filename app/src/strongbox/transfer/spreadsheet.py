"""CSV files (RFC 4180), as password managers write them.

Values are written as they are: a password that begins with `=` must come back the same, so don't open an export in
a spreadsheet program.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from marshmallow import ValidationError

from strongbox.exceptions import Invalid
from strongbox.one_time_code import seed_of
from strongbox.schemas import RecordSchema
from strongbox.vault.record import FIELDS, Draft

MAX_RECORDS = 10_000

COLUMNS = {
    "title": ("title", "name", "account"),
    "username": ("username", "login_username", "user name", "login name"),
    "secret": ("password", "login_password", "secret"),
    "url": ("url", "login_uri", "website", "web site", "urls"),
    "notes": ("notes", "note", "extra", "comments"),
    "otp": ("totp", "login_totp", "otp", "otpauth", "otpurl"),
    "tags": ("tags", "group", "grouping", "folder"),
}
"""Header names of this program's, Bitwarden's, KeePassXC's, Chrome's, Firefox's, 1Password's and LastPass's exports."""


def write(drafts: Iterable[Draft]) -> Iterator[bytes]:
    """Yield a CSV file: the header, then one line per record, each as soon as the record is there."""
    yield _line([COLUMNS[field][0] for field in FIELDS])
    for draft in drafts:
        yield _line([*(getattr(draft, field) for field in FIELDS[:-1]), ",".join(draft.tags)])


def read(content: bytes) -> list[Draft]:
    """Read a CSV file.

    Raises:
        Invalid: it is not one, lacks the columns, or has a line that can't be kept; the line is named.
    """
    try:
        text = content.decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(rows, [])
        positions = _positions(header)
        lines = [(rows.line_num, row) for row in rows if any(row)]
    except UnicodeDecodeError:
        raise Invalid("file", "The file is not text in UTF-8: export it as CSV.") from None
    except csv.Error as problem:
        raise Invalid("file", f"The file is not a CSV file: {problem}.") from None
    if len(lines) > MAX_RECORDS:
        raise Invalid("file", f"The file has more than {MAX_RECORDS} records: split it.")
    return [_draft(row, positions, line) for line, row in lines]


def _line(values: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue().encode()


def _positions(header: list[str]) -> dict[str, int]:
    """Return the column number of each of our fields that the file has."""
    names = [name.strip().casefold() for name in header]
    positions = {
        field: names.index(alias) for field, aliases in COLUMNS.items() for alias in reversed(aliases) if alias in names
    }
    if not positions.keys() & {"title", "url"} or "secret" not in positions:
        raise Invalid("file", "The first line must name the columns: at least title (or url) and password.")
    return positions


def _draft(row: list[str], positions: dict[str, int], line: int) -> Draft:
    values: dict[str, object] = {field: row[at] if at < len(row) else "" for field, at in positions.items()}
    try:
        values["otp"] = seed_of(str(values.get("otp", "")))
    except Invalid as problem:
        raise Invalid("file", f"Line {line} can't be kept: {problem}") from None
    tags = str(values.get("tags", "")).replace(";", ",").split(",")
    values["tags"] = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    values["title"] = values.get("title") or values.get("url") or "Untitled"
    try:
        draft: Draft = RecordSchema().load(values)
    except ValidationError as problem:
        raise Invalid("file", f"Line {line} can't be kept: {', '.join(problem.messages_dict)} is not valid.") from None
    return draft
