"""What is not a fault: an app that somebody is changing right now, and a host that is coming up or going down."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..findings.finding import Finding
from ..hostreport.sources import output
from ..release.lease import process_start, since_boot

# A host's containers need a while after a boot; one that needs longer is told.
SETTLED_S = 60.0
STARTED_S = 600.0
# A release that takes longer than that is told with all that is wrong meanwhile.
CHANGE_S = 3600.0
REMEMBERED_S = 86400.0
# What a release, a rollback, a restart or a restore may look like from outside while it goes on.
OF_A_CHANGE = {
    "ANSWERS_5XX",
    "CONTAINER_DOWN",
    "HTTPS",
    "JOB_FAILED",
    "JOB_MISSED",
    "REDIRECT",
    "RELEASE",
    "STATUS",
}


def under_change(held: Iterable[Mapping[str, Any]], known: Mapping[str, Any], now: float) -> dict[str, list[float]]:
    """Return by app since when it is being changed, when a look saw that last, and from when on its answers count.

    Args:
        held: leases of the host's report.
        known: what this returned at the last look.
        now: Unix time, as all that is returned.
    """
    result = {}
    for app, (since, last, counts) in known.items():
        if 0 <= now - last < REMEMBERED_S:
            # The first look that finds it free: what was answered before it was answered during the change.
            result[str(app)] = [float(since), float(last), now if counts == last else float(counts)]
    for lease in held:
        if lease["alive"]:
            before = known.get(str(lease["app"]))
            went_on = before is not None and before[1] == before[2]
            result[str(lease["app"])] = [before[0] if before and went_on else now, now, now]
    return result


def without_changes(found: Iterable[Finding], busy: Mapping[str, list[float]], now: float) -> list[Finding]:
    """Return the findings less those about an app that is being changed now, for up to an hour."""
    apps = {app for app, (since, last, _) in busy.items() if last == now and now - since < CHANGE_S}
    return [
        each
        for each in found
        if each.code not in OF_A_CHANGE or not each.where.startswith(tuple(f"app {app} on " for app in apps))
    ]


def host_moves() -> bool:
    """Return whether the host is coming up or going down."""
    up_s = since_boot() - process_start(1) / os.sysconf("SC_CLK_TCK")
    if up_s < SETTLED_S:
        return True
    # It prints `degraded` and the like with exit codes of their own.
    state = output(["sh", "-c", "systemctl is-system-running; true"]).strip()
    return state == "stopping" or (state in {"initializing", "starting"} and up_s < STARTED_S)
