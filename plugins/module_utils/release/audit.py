"""One line a change in /var/log/slipway/audit.jsonl: who did what, with what result, and how long it took."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from . import files

LOG = Path("/var/log/slipway/audit.jsonl")


def write(entry: Mapping[str, object], log: Path = LOG) -> dict[str, object]:
    """Append one line, time first; returns it."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **entry}
    if not log.parent.is_dir():
        files.folder(log.parent, mode=0o750)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, (json.dumps(line) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return line
