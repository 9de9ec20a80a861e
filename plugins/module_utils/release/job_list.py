"""The jobs of an app's live release: when each runs next, what came of it last, and a run by hand."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from typing import cast

from . import audit
from .errors import JobError, RefusedError
from .job import Job
from .job_run import last_run
from .session import Result, Session
from .timers import LEEWAY_S, SYSTEMCTL_S

# How systemd calls a unit of type oneshot that runs.
RUNS = "activating"
SHOWN_LINES = 40
OF_SYSTEMD = ("Starting slipway-", "Finished slipway-", "Failed to start slipway-", "slipway-job-")


def jobs(session: Session) -> list[dict[str, object]]:
    """Return what is known of each job: `next` and the times of `last` are Unix times, in seconds.

    `last` is None where it never ran; its `outcome` is `interrupted` where the host went down with it.
    """
    return [_described(session, job) for job in _of_the_live(session)]


def run_job(session: Session, name: str, owner: str) -> Result:
    """Run a job now, as its timer does, and return when it has ended, with the last lines that it wrote.

    Raises:
        RefusedError: the live release has no such job.
        JobError: it did not end well.
    """
    known = {each.name: each for each in _of_the_live(session)}
    if name not in known:
        raise RefusedError(
            f"{session.app.name}: the live release has no schedule {name!r}; it has {', '.join(known) or 'none'}.",
            fix="`slipway jobs ENV` lists them",
        )
    result, job = Result(changed=True), known[name]
    if session.check_mode:
        return result
    session.note({"action": "run job", "job": name, "by": owner}, result)
    unit = f"{job.unit(session.app.name)}.service"
    begun = audit.line({})["time"]
    done = subprocess.run(["systemctl", "start", unit], timeout=job.timeout_s + 2 * LEEWAY_S, check=False)
    result.said += _journal(unit, str(begun))
    if done.returncode:
        last = last_run(session.records.state_dir, name)
        raise JobError(
            f"{session.app.name}: job {name} did not end well: {last.outcome if last else 'it did not start'}.",
            evidence=result.said,
            fix=f"`journalctl -u {unit} -n 200` on the host shows all of it",
        )
    return result


def _of_the_live(session: Session) -> tuple[Job, ...]:
    return session.records.jobs(session.records.slot_release(session.records.live_slot()))


def _described(session: Session, job: Job) -> dict[str, object]:
    last = last_run(session.records.state_dir, job.name)
    unit = job.unit(session.app.name)
    told: dict[str, object] = asdict(last) if last else {}
    runs = _asked("show", "--value", "--property=ActiveState", f"{unit}.service") == RUNS
    if told.get("outcome") == "running" and not runs:
        told["outcome"] = "interrupted"
    return {
        "name": job.name,
        "at": job.at,
        "command": list(job.command),
        "next": _next(f"{unit}.timer"),
        "runs": runs,
        "last": cast("object", told or None),
    }


def _next(timer: str) -> float | None:
    """Return when a timer elapses next, as Unix time in seconds; None where it does not."""
    try:
        listed = json.loads(_asked("list-timers", "--all", "--output=json", timer))
        return float(listed[0]["next"]) / 1e6 if listed[0]["next"] else None
    except (ValueError, LookupError, TypeError):
        return None


def _asked(*words: str) -> str:
    command = ["systemctl", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=SYSTEMCTL_S, check=False).stdout.strip()


def _journal(unit: str, since: str) -> list[str]:
    command = ["journalctl", "--quiet", "--output=cat", f"--unit={unit}", f"--lines={SHOWN_LINES}", f"--since={since}"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SYSTEMCTL_S, check=False)
    return [line for line in done.stdout.splitlines() if not line.startswith(OF_SYSTEMD)]
