"""Schedules of apps that failed, took too long, or did not run when they were due."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..findings.duration import age
from ..findings.finding import Finding
from ..hostreport import upkeep
from ..hostreport.sources import output
from ..release import inside
from ..release.errors import ReleaseError
from ..release.job import Job
from ..release.job_run import Run, last_run

UNITS = Path("/etc/systemd/system")
# A host that was down runs what it missed when it is up again; a job waits that long for a release, and more.
LATE_S = 600.0
RUNS = {"active", "activating"}
# systemd-analyze(1), calendar: the moment in UTC has a line of its own unless that is the host's time.
MOMENT = re.compile(r"(?:\(in UTC\)|Next elapse): \w+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


@dataclass(frozen=True)
class Seen:
    """A job, its last run, how systemd sees its service and timer, and since when it is declared (Unix time)."""

    app: str
    job: Job
    last: Run | None
    service: str
    timer: str
    declared: float


def read(apps: list[str]) -> list[Seen]:
    """Return the jobs of the live releases of apps."""
    found = []
    for app in apps:
        try:
            live = inside.live(app)
        except ReleaseError:
            continue  # no release, no job
        found += [(app, job, live.records.state_dir) for job in live.app.jobs]
    names = [f"{job.unit(app)}.{kind}" for app, job, _ in found for kind in ("service", "timer")]
    states = upkeep.states(names) if names else {}
    return [
        Seen(
            app,
            job,
            last_run(folder, job.name),
            states.get(f"{job.unit(app)}.service", "absent"),
            states.get(f"{job.unit(app)}.timer", "absent"),
            _written(UNITS / f"{job.unit(app)}.timer"),
        )
        for app, job, folder in found
    ]


def judge(host: str, seen: Seen, due: float | None, now: float) -> list[Finding]:
    """Return what is wrong with a job.

    Args:
        host: name in the inventory.
        seen: the job.
        due: when it was to run after its last run, as Unix time; None where that is not known.
        now: Unix time.
    """
    name, where = f"Schedule {seen.job.name} of app {seen.app}", f"app {seen.app} on {host}: schedule {seen.job.name}"
    journal = f"sudo journalctl -u {seen.job.unit(seen.app)} -n 50   # on {host}"
    runs = seen.service in RUNS
    if seen.last and (why := _fault(seen.last, seen.job, runs=runs)):
        return [Finding("JOB_FAILED", f"{name} {why}, {_ago(now, seen.last.started)}.", where, journal)]
    if runs:
        return []
    if seen.timer != "active":
        what = f"{name} will not run: its timer is {seen.timer}."
        return [Finding("JOB_MISSED", what, where, f"slipway deploy ENV {seen.app}   # writes the timer again")]
    if due is not None and now - due > LATE_S:
        return [Finding("JOB_MISSED", f"{name} was to run {_ago(now, due)} and did not.", where, journal)]
    return []


def remembered_due(known: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Return when a job was due after its last run: what is known where that is about the same, else systemd's word."""
    base = max(seen.last.started if seen.last else 0.0, seen.declared)
    same = known.get("at") == seen.job.at and known.get("base") == base
    return dict(known) if same else {"at": seen.job.at, "base": base, "due": next_after(seen.job.at, base)}


def next_after(at: str, base: float) -> float | None:
    """Return when a calendar elapses next after a Unix time, None where systemd can't tell."""
    told = output(["systemd-analyze", "calendar", f"--base-time=@{base:.0f}", "--", at])
    moments = MOMENT.findall(told)
    return _unix(moments[-1]) if moments else None


def _fault(last: Run, job: Job, *, runs: bool) -> str:
    if last.outcome == "failed":
        return f"ended with code {last.code}"
    if last.outcome == "timed out":
        return f"took more than {age(job.timeout_s)} and was stopped"
    if last.outcome == "running" and not runs:
        return "was interrupted: the host went down with it"
    return ""  # a deploy stops a job or keeps it out; what does not run next time is missed


def _ago(now: float, at: float) -> str:
    return f"{age(max(0, round(now - at)))} ago"


def _unix(moment: str) -> float:

    return float(calendar.timegm(time.strptime(moment, "%Y-%m-%d %H:%M:%S")))


def _written(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
