"""After the switch: is the new release up, ready, and are visitors no worse off than before?"""

from __future__ import annotations

import time
from dataclasses import replace

from . import gate
from .app import App, Slot
from .dockerd import Engine
from .errors import VisitorsError, WatchError
from .front import Front
from .records import Journal, Records
from .visitors import Visitors

PAUSE_S = 0.5
# Three looks in a row, 1.5 s: longer than a garbage collection, short for visitors.
FAILED_LOOKS = 3
LOOK_TIMEOUT_S = 2
PAGE_TIMEOUT_S = 1
# RFC 5737: an address that nobody has. A stranger chooses these pages; an app must not take him for somebody local.
STRANGER = "192.0.2.1"


def watch(app: App, engine: Engine, front: Front | None, records: Records, journal: Journal) -> None:
    """Look at a release for `watch_s`.

    Raises:
        WatchError: three looks in a row found it not ready, or it exited.
        VisitorsError: visitors are worse off with it. They may be strangers, so it is not marked bad.
    """
    deadline, failed_looks = time.monotonic() + app.watch_s, 0
    visitors = Visitors(front, app, journal.slot) if front else None
    # Pages may take long to ask, so that few looks fit in: a release that is not ready at the end is looked at further.
    while time.monotonic() < deadline or failed_looks:
        seen = gate.probe(app, journal.slot, app.readiness_path, timeout_s=LOOK_TIMEOUT_S)
        failed_looks = 0 if seen.good else failed_looks + 1
        _judge_itself(app, engine, journal.slot, failed_looks, seen)
        if visitors:
            _judge_by_visitors(app, engine, records, journal, visitors)
        time.sleep(PAUSE_S)


def _judge_itself(app: App, engine: Engine, slot: Slot, failed_looks: int, seen: gate.Probe) -> None:
    container = engine.container(app.project(slot))
    why, evidence = "", []
    if container is None or not container.running or container.restarts:
        why = "its container exited"
    elif failed_looks >= FAILED_LOOKS:
        why, evidence = f"it was not ready {failed_looks} times in a row", seen.lines()
    if why:
        raise WatchError(
            f"{app.name}: the new release was taken back after the switch: {why}.",
            evidence=[*evidence, *_last_words(app, engine, slot)],
            fix="visitors have the old release again; correct the app and deploy again",
        )


def _judge_by_visitors(app: App, engine: Engine, records: Records, journal: Journal, visitors: Visitors) -> None:
    visitors.look()
    why = visitors.worse_off(lambda slot, page: gate.probe(app, slot, page, PAGE_TIMEOUT_S, STRANGER).status)
    if why:
        release = records.release(journal.release)
        if release:
            records.save(replace(release, reason=f"taken back: {why}"))
        raise VisitorsError(
            f"{app.name}: the new release was taken back after the switch: {why}.",
            evidence=_last_words(app, engine, journal.slot),
            fix="visitors have the old release again; it is not marked bad: correct the app, or deploy it once more",
        )


def _last_words(app: App, engine: Engine, slot: Slot) -> list[str]:
    logs = engine.logs(app.project(slot), gate.LOG_LINES)
    return [f"last {len(logs)} log lines:", *(f"  {line}" for line in logs)]
