"""Were the copies tried? What drills and checks of the store wrote down, where the host has any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..findings.duration import age
from ..findings.finding import Finding
from ..release.files import read_json
from ..release.plain import plain_line

STATE = Path("/var/lib/slipway/backup/state.json")
DAY_S = 86400.0
# Verb of the state file -> what it is called, its code, and after how long it is missed: a week, and a day of grace.
KINDS = {"drill": ("drill of the copies", "DRILL", 8 * DAY_S), "check": ("check of the store", "CHECK", 8 * DAY_S)}
SAID_LENGTH = 200


def read(path: Path = STATE) -> Mapping[str, object]:
    """Return what each verb about copies wrote down last."""
    return read_json(path) or {}


def judge(host: str, told: Mapping[str, object], now: float) -> list[Finding]:
    """Return a finding for each try that failed, or was good too long ago; none where nobody tries."""
    found = []
    for verb, (name, code, longest_s) in KINDS.items():
        last = told.get(verb)
        if not isinstance(last, Mapping) or "ok" not in last:
            continue
        where, command = f"copies of {host}", "slipway backups ENV"
        if not last["ok"]:
            said = plain_line(str(last.get("said", "")))[:SAID_LENGTH]
            found.append(Finding(f"{code}_FAILED", f"The last {name} on {host} failed: {said}", where, command))
        elif now - float(last.get("last_ok") or 0) > longest_s:
            past = age(round(now - float(last.get("last_ok") or 0)))
            found.append(Finding(f"{code}_OLD", f"The last good {name} on {host} was {past} ago.", where, command))
    return found
