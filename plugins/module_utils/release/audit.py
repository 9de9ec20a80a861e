"""One line a change in /var/log/slipway/audit.jsonl: who did what, with what result, and how long it took."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from . import files

LOG = Path("/var/log/slipway/audit.jsonl")


def line(entry: Mapping[str, object]) -> dict[str, object]:
    """Return an entry with the time before it, as it is written."""
    return {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **entry}


def write(entry: Mapping[str, object], log: Path | None = None) -> None:
    """Append one line, whole or not at all.

    Raises:
        OSError: it could not be written; names the file.
    """
    path = log or LOG
    if not path.parent.is_dir():
        files.folder(path.parent, mode=0o750)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        _append(descriptor, (json.dumps(entry) + "\n").encode())
    except OSError as error:
        error.filename = error.filename or str(path)  # a descriptor has no name
        raise
    finally:
        os.close(descriptor)


def _append(descriptor: int, text: bytes) -> None:
    before = os.fstat(descriptor).st_size
    try:
        while text:  # a disk that becomes full takes a part of it first
            text = text[os.write(descriptor, text) :]
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, before)
        raise
