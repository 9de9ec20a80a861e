"""After the switch: is the new release up, ready, and are visitors no worse off than before?"""

from __future__ import annotations

import time
from dataclasses import replace

from . import gate
from .app import MAIN, SLOTS, App, Slot
from .dockerd import Engine
from .errors import VisitorsError, WatchError
from .front import Front
from .process import server_of, serving
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
    _Watch(app, engine, records, journal).run(front)


class _Watch:
    def __init__(self, app: App, engine: Engine, records: Records, journal: Journal) -> None:
        self._app, self._engine, self._records, self._journal = app, engine, records, journal
        self._slot = journal.slot
        self._processes = {slot: records.processes(records.slot_release(slot)) for slot in SLOTS}

    def run(self, front: Front | None) -> None:
        deadline, failed_looks = time.monotonic() + self._app.watch_s, 0
        visitors = Visitors(front, self._app, self._slot, self._processes) if front else None
        # Pages may take long to ask, so that few looks fit in: one that is not ready at the end is looked at further.
        while time.monotonic() < deadline or failed_looks:
            seen = self._worst_answer()
            failed_looks = 0 if seen.good else failed_looks + 1
            self._judge_itself(failed_looks, seen)
            if visitors:
                self._judge_by_visitors(visitors)
            time.sleep(PAUSE_S)

    def _worst_answer(self) -> gate.Probe:
        """Ask all that serve visitors; return the first bad answer, or the last good one."""
        for each in serving(self._processes[self._slot]):
            seen = gate.probe(self._app, each.ports[self._slot], each.readiness_path, timeout_s=LOOK_TIMEOUT_S)
            if not seen.good:
                break
        return seen

    def _judge_itself(self, failed_looks: int, seen: gate.Probe) -> None:
        for each in self._processes[self._slot]:
            name = self._app.container(self._slot, each)
            container = self._engine.container(name)
            if container is None or not container.running or container.restarts:
                who = "its container" if each.name == MAIN else f"the container of its process `{each.name}`"
                raise self._taken_back(f"{who} exited", self._last_words(name))
        if failed_looks >= FAILED_LOOKS:
            evidence = [*seen.lines(), *self._last_words(self._app.project(self._slot))]
            raise self._taken_back(f"it was not ready {failed_looks} times in a row", evidence)

    def _taken_back(self, why: str, evidence: list[str]) -> WatchError:
        return WatchError(
            f"{self._app.name}: the new release was taken back after the switch: {why}.",
            evidence=evidence,
            fix="visitors have the old release again; correct the app and deploy again",
        )

    def _judge_by_visitors(self, visitors: Visitors) -> None:
        visitors.look()
        why = visitors.worse_off(self._ask)
        if why:
            release = self._records.release(self._journal.release)
            if release:
                self._records.save(replace(release, reason=f"taken back: {why}"))
            raise VisitorsError(
                f"{self._app.name}: the new release was taken back after the switch: {why}.",
                evidence=self._last_words(self._app.project(self._slot)),
                fix="visitors have the old release again; it is not marked bad: correct the app, or deploy it again",
            )

    def _ask(self, slot: Slot, page: str) -> int:
        port = server_of(self._processes[slot], page).ports[slot]
        return gate.probe(self._app, port, page, PAGE_TIMEOUT_S, STRANGER).status

    def _last_words(self, name: str) -> list[str]:
        logs = self._engine.logs(name, gate.LOG_LINES)
        return [f"last {len(logs)} log lines:", *(f"  {line}" for line in logs)]
