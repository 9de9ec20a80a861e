"""One run of a job: a command of the live release in a container that never outlives it, and what came of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Literal

from . import audit, files, inside
from .errors import RefusedError
from .job import Job
from .job_lock import JobLock
from .mortal import mortal
from .parsed import parsed

Outcome = Literal["running", "ok", "failed", "timed out", "stopped", "kept out"]
# How long a job waits for a release that runs its hook.
WAIT_S = 100
FAILED = 1


@dataclass(frozen=True)
class Run:
    """The last run of a job: Unix times in seconds, 0 where it has not ended; `code` is the command's exit code."""

    release: str
    started: float
    ended: float = 0.0
    outcome: Outcome = "running"
    code: int = 0


class Stopped(BaseException):
    """Somebody asked the job to end."""


def last_run(state_dir: Path, job: str) -> Run | None:
    """Return what is written down of a job's last run, None where it never ran."""
    return parsed(Run, files.read_json(_file(state_dir, job)))


def run(app: str, name: str, apps: Path = inside.APPS) -> int:
    """Run a job once and write down what came of it; returns 0 where it ended well.

    Raises:
        RefusedError: no release is live, or it has no such job.
    """
    state_dir = inside.live(app, apps).records.state_dir
    with JobLock(state_dir).shared(WAIT_S) as free:
        found = inside.live(app, apps)  # while it waited, another release may have gone live
        job = _job(found, name)
        begun = Run(found.release.id, time.time())
        if not free:
            print(f"{app}: a release is being made for more than {WAIT_S} s; the job waits for its next time.")
            return _ended(found, job, replace(begun, outcome="kept out", code=FAILED))
        _write(state_dir, job, begun)
        outcome, code = _run(found, job)
    return _ended(found, job, replace(begun, outcome=outcome, code=code))


def _run(found: inside.Live, job: Job) -> tuple[Outcome, int]:
    container = job.container(found.app.name)
    command, environment = found.command(container, job.command, process=job.process)
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, _stop)
    with inside.removed_after(container):  # of a run that was killed
        pass
    with inside.removed_after(container):
        try:
            return _waited(command, environment, job)
        except Stopped:
            return "stopped", FAILED


def _waited(command: list[str], environment: Mapping[str, str], job: Job) -> tuple[Outcome, int]:
    words = mortal(command)
    with subprocess.Popen(words, env=dict(environment), stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            code = process.wait(job.timeout_s)
        except subprocess.TimeoutExpired:
            print(f"It took more than {job.timeout_s} s and is stopped.", file=sys.stderr)
            process.kill()
            return "timed out", FAILED
        except Stopped:
            process.kill()
            raise
    return ("failed", code) if code else ("ok", 0)


def _job(found: inside.Live, name: str) -> Job:
    jobs = {each.name: each for each in found.app.jobs}
    if name not in jobs:
        raise RefusedError(
            f"{found.app.name}: the live release {found.release.id} has no schedule {name!r}; it has "
            f"{', '.join(jobs) or 'none'}.",
            fix="`slipway jobs ENV` lists them",
        )
    return jobs[name]


def _ended(found: inside.Live, job: Job, run: Run) -> int:
    ended = replace(run, ended=time.time())
    _write(found.records.state_dir, job, ended)
    seconds = round(ended.ended - ended.started, 3)
    entry = {"app": found.app.name, "action": "job", "job": job.name, "release": run.release, "result": run.outcome}
    audit.write(audit.line({**entry, "seconds": seconds}))
    return run.code


def _write(state_dir: Path, job: Job, content: Run) -> None:
    path = _file(state_dir, job.name)
    files.folder(path.parent, mode=0o700)
    files.write_json(path, asdict(content))


def _file(state_dir: Path, job: str) -> Path:
    return state_dir / "jobs" / f"{job}.json"


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped
