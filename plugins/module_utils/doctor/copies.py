"""Copies of the apps' data that did not come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..findings.duration import age
from ..findings.finding import Finding
from ..release.plain import plain_line

Tree = Mapping[str, object]

# One may fail and the next be slow; whoever is promised a copy every quarter of an hour should not lose one hour.
MISSED = 3
SAID_LENGTH = 200


def old(host: str, told: Tree) -> list[Finding]:
    """Return a finding where no good copy was made for three times the interval."""
    if not told["declared"]:
        return []
    every_s = cast("float", told["every_minutes"]) * 60
    seconds = cast("float", told["age_s"])
    if seconds <= MISSED * every_s:
        return []
    past, interval = age(round(seconds)), age(round(every_s))
    what = f"The last good copy of the data on {host} is {past} old; one is made every {interval}."
    if told["good"] is None:
        what = f"No copy of the data on {host} was made in {past}; one is made every {interval}."
    elif not told["good"]:
        what += f" The last run said: {plain_line(str(told['said']))[:SAID_LENGTH]}"
    return [Finding("BACKUP_OLD", what, f"slipway-backup.timer on {host}", "slipway backup ENV   # says why it fails")]
