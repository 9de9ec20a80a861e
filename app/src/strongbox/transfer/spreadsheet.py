"""Records as a CSV file (RFC 4180) that this and other password managers read.

Values are written as they are: a password that begins with `=` must come back the same, so don't open an export in
a spreadsheet program.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from strongbox.transfer.table import OURS
from strongbox.vault.record import FIELDS, Draft


def write(drafts: Iterable[Draft]) -> Iterator[bytes]:
    """Yield a CSV file: the header, then one line per record, each as soon as the record is there."""
    yield _line(OURS)
    for draft in drafts:
        yield _line([*(getattr(draft, field) for field in FIELDS[:-1]), ",".join(draft.tags)])


def _line(values: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue().encode()
