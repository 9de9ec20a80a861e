"""Does an app fail its visitors? By Caddy's log of the last two minutes, of which only the app's own answers count."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ..findings.finding import Finding
from ..release import files

LOGS = Path("/var/log/caddy")
WINDOW_S = 120.0
# A handful among few says nothing; so many, and one answer in twenty, is what people complain about.
SMALLEST_ERRORS = 5
SMALLEST_SHARE = 0.05
# Of the log, in bytes: some thousand answers, whatever the host's load.
READ = 512 * 1024
LONGEST_LINE = 64 * 1024
SERVER_ERROR = 500
# What Caddy says where the app breaks off or does not answer. Its own 503 is a release's or the operator's.
BROKEN = {502, 504}


def failing(host: str, app: str, lines: Iterable[bytes], since: float) -> list[Finding]:
    """Return a finding where too many of an app's answers since a Unix time were 5xx."""
    total = bad = 0
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            told = json.loads(line) if len(line) <= LONGEST_LINE else {}
            if told["ts"] < since or not told["upstream"]:
                continue
            status = told.get("upstream_status")
            if not isinstance(status, int):
                status = told["status"] if told["status"] in BROKEN else None
            total += status is not None
            bad += status is not None and status >= SERVER_ERROR
    if bad < SMALLEST_ERRORS or bad < total * SMALLEST_SHARE:
        return []
    what = f"{bad} of the last {total} answers of app {app} were 5xx."
    return [Finding("ANSWERS_5XX", what, f"app {app} on {host}", f"slipway logs ENV {app}")]


def last_lines(app: str, logs: Path = LOGS) -> list[bytes]:
    """Return the last lines of an app's access log, which is Caddy's; none where it can't be read."""
    try:
        with files.open_of_others(logs / f"{app}.log") as log:
            size = os.fstat(log.fileno()).st_size
            log.seek(max(0, size - READ))
            lines = log.read(READ).splitlines()
    except OSError:
        return []
    return lines[1:] if size > READ else lines  # the first one is cut
