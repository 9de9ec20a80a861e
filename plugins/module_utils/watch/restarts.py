"""Containers that Docker starts again and again, and processes that the kernel killed for want of memory."""

from __future__ import annotations

import calendar
import json
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..findings.finding import Finding
from ..hostreport.containers import body
from ..hostreport.sources import text

WINDOW_S = 600.0
# Once may be anything; twice in ten minutes is a circle.
SMALLEST = 2
Tree = Mapping[str, Any]
# systemd(1): there where the host is a container itself, and the kernel's counters are another's.
CONTAINER = Path("/run/systemd/container")


def counted(known: Tree, containers: Iterable[Tree], now: float) -> dict[str, list[list[float]]]:
    """Return by container id what Docker's counter was in the last ten minutes: [Unix time, restarts] each."""
    result = {}
    for each in containers:
        made = _unix(str(each.get("Created")))
        before = [[at, count] for at, count in known.get(each["Id"], [[made, 0.0]]) if 0 <= now - at <= WINDOW_S]
        result[str(each["Id"])] = [*before, [now, float(each.get("RestartCount") or 0)]]
    return result


def restarting(host: str, counts: Tree, containers: Iterable[Tree]) -> list[Finding]:
    """Return a finding for each container that was started again at least twice in ten minutes."""
    found = []
    for each in containers:
        history = counts[each["Id"]]
        times = int(history[-1][1] - history[0][1])
        if times >= SMALLEST:
            name = str(each.get("Name", "")).lstrip("/")
            what = f"Container {name} ended and was started again {times} times in the last 10 minutes."
            command = f"sudo docker logs --tail 50 {name}   # on {host}"
            found.append(Finding("CONTAINER_RESTARTS", what, f"{name} on {host}", command))
    return found


def killed(host: str, kills: Iterable[Iterable[Any]], now: float) -> list[Finding]:
    """Return a finding for each container, or the host, where a process was killed in the last ten minutes."""
    found = {}
    for at, name in kills:
        if 0 <= now - at <= WINDOW_S:
            who = f"A process of container {name}" if name else f"A process of {host}"
            what = f"{who} was killed for want of memory."
            command = f"sudo journalctl -k -g 'out of memory' -n 20   # on {host}; memory_mib bounds an app"
            found[name] = Finding("OOM_KILLED", what, f"{name or 'the processes'} on {host}", command)
    return list(found.values())


def kills_since(since: float, until: float) -> list[str]:
    """Return the containers in which the kernel killed a process between two Unix times, as Docker saw it."""
    filters = json.dumps({"type": ["container"], "event": ["oom"]})
    told = body(f"/events?since={since:.3f}&until={until:.3f}&filters={_quoted(filters)}") or b""
    names = []
    for line in told.splitlines():
        event = json.loads(line)
        names.append(str(event["Actor"]["Attributes"].get("name", "")))
    return names


def kernel_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory since boot; None where that is not known."""
    found = None if CONTAINER.exists() else re.search(r"^oom_kill (\d+)", text("/proc/vmstat"), re.MULTILINE)
    return int(found[1]) if found else None


def _unix(created: str) -> float:
    """Return the Unix time of what Docker writes (RFC 3339, UTC), 0 where it is something else."""
    try:
        return float(calendar.timegm(time.strptime(created[:19], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return 0.0


def _quoted(text_: str) -> str:
    return "".join(char if char.isalnum() else f"%{ord(char):02X}" for char in text_)
