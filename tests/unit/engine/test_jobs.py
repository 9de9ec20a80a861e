"""Jobs of a release: their timers come and go with it, and a run says what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils import folders
from ansible_collections.slipway.kit.plugins.module_utils.config_tree import change
from ansible_collections.slipway.kit.plugins.module_utils.release import (
    audit,
    certificates,
    host_program,
    inside,
    job_run,
)
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import (
    JobError,
    RefusedError,
    SystemCallError,
)
from ansible_collections.slipway.kit.plugins.module_utils.release.job_lock import JobLock
from ansible_collections.slipway.kit.plugins.module_utils.release.job_run import Run, last_run
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records, Release
from ansible_collections.slipway.kit.plugins.module_utils.release.session import Session
from ansible_collections.slipway.kit.plugins.module_utils.release.status import status
from ansible_collections.slipway.kit.plugins.module_utils.release.timers import Timers
from tests.unit.engine.fake_host import FakeDocker, FakeHost
from tests.unit.released import tiny_app

CLEAN = {"at": "hourly", "command": ["clean"], "timeout_seconds": 1}
WORKER: dict[str, Any] = {"processes": {"worker": {"command": ["work"], "ready": ["probe"]}}}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    return FakeHost(tmp_path, monkeypatch)


def units(host: FakeHost) -> dict[str, str]:
    """Return the text of each unit, by its name."""
    return {path.name: path.read_text() for path in sorted((host.folder / "units").glob("*"))}


def schedules(**jobs: object) -> dict[str, Any]:
    return {"schedules": jobs}


def test_timers_are_those_of_the_live_release(host: FakeHost) -> None:
    (host.folder / "units").mkdir()
    first = host.deploy("one", **schedules(clean=CLEAN))
    assert list(units(host)) == ["slipway-job-tiny.clean.service", "slipway-job-tiny.clean.timer"]
    assert "OnCalendar=hourly" in units(host)["slipway-job-tiny.clean.timer"]
    assert "TimeoutStartSec=121" in units(host)["slipway-job-tiny.clean.service"]
    second = host.deploy("one", **schedules(clean={**CLEAN, "at": "daily"}, more=CLEAN))
    assert second["release"] != first["release"], "another time is another release"
    assert "OnCalendar=daily" in units(host)["slipway-job-tiny.clean.timer"]
    assert len(units(host)) == 4
    host.roll_back(**schedules(clean={**CLEAN, "at": "daily"}, more=CLEAN))
    assert len(units(host)) == 2, "the old release's"
    assert "OnCalendar=hourly" in units(host)["slipway-job-tiny.clean.timer"]
    host.deploy("two")
    assert units(host) == {}


def test_a_deploy_that_fails_leaves_the_timers_alone(host: FakeHost) -> None:
    (host.folder / "units").mkdir()
    host.deploy("one", **schedules(clean=CLEAN))
    before = units(host)
    host.answers["tiny-blue"] = 500
    with pytest.raises(Exception, match="not ready"):
        host.deploy("two", **schedules(more=CLEAN))
    assert units(host) == before


def test_timers_that_systemd_refuses_take_the_release_back_and_the_old_ones_stay(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    (host.folder / "units").mkdir()
    live = host.deploy("one", **schedules(clean=CLEAN))["release"]
    before, carry_out = units(host), subprocess.run

    def refuse(words: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        if words[:2] == ["systemctl", "enable"] and "slipway-job-tiny.more.timer" in words:
            return subprocess.CompletedProcess(words, 1, "", "Unit is masked")
        return carry_out(words, **given)

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(SystemCallError, match="systemd refuses the timers"):
        host.deploy("two", **schedules(more=CLEAN))
    assert (host.live, units(host)) == (live, before)


def test_timers_that_were_written_and_not_started_are_started_by_the_next_run(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    (host.folder / "units").mkdir()
    carry_out, asked = subprocess.run, list[list[str]]()

    def die(words: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        if words[:2] == ["systemctl", "daemon-reload"] and len(asked) == 1:
            raise KeyboardInterrupt  # which, as SIGKILL, leaves no time for anything
        return carry_out(words, **given)

    timers, jobs = Timers("tiny", host.folder / "units"), App.parse(host.declare(**schedules(clean=CLEAN))).jobs
    monkeypatch.setattr(subprocess, "run", die)
    with pytest.raises(KeyboardInterrupt):
        timers.converge(jobs)
    assert timers.converge(jobs)
    assert ["systemctl", "restart", "slipway-job-tiny.clean.timer"] in asked
    assert not timers.converge(jobs), "and no more than once"


def test_the_same_release_again_puts_back_what_somebody_removed(host: FakeHost) -> None:
    (host.folder / "units").mkdir()
    host.deploy("one", **schedules(clean=CLEAN))
    (host.folder / "units" / "slipway-job-tiny.clean.timer").unlink()
    host.deploy("one", **schedules(clean=CLEAN))
    assert len(units(host)) == 2
    before = (host.folder / "units" / "slipway-job-tiny.clean.timer").stat().st_ino
    host.deploy("one", **schedules(clean=CLEAN))
    assert (host.folder / "units" / "slipway-job-tiny.clean.timer").stat().st_ino == before, "and no more than that"


def test_a_hook_waits_for_a_job_and_gives_up_where_it_does_not_end(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    (host.folder / "units").mkdir()
    hooked = {**schedules(clean=CLEAN), "hook": ["migrate"], "hook_timeout_seconds": 5}
    monkeypatch.setattr("ansible_collections.slipway.kit.plugins.module_utils.release.hook.run_hook", lambda *_: None)
    live = host.deploy("one", **hooked)["release"]
    state = Path(str(host.app["root"])) / "state"
    with JobLock(state).shared(0), pytest.raises(JobError, match="a job goes on for more than 5 s"):
        host.deploy("two", **hooked)
    assert host.live == live
    assert not host.deploy("two", **hooked).get("failed")
    with JobLock(state).shared(0) as free:
        assert free, "the lock goes with the change"


def test_a_restart_is_a_new_container_of_the_same_release(host: FakeHost) -> None:
    live = host.deploy("one", **WORKER)["release"]
    before = {each.id for each in host.docker.all.values()}
    again = host.drive(host.declare(env={"VERSION": "one"}, **WORKER), state="restarted", process="")
    assert (again["release"], host.live) == (live, live)
    running = {each.id for each in host.docker.all.values() if each.running}
    assert len(running) == 2
    assert not running & before
    assert host.audit()[-1]["action"] == "restart"


def test_a_worker_alone_is_restarted_where_it_is(host: FakeHost) -> None:
    host.deploy("one", **WORKER)
    host.docker.done.clear()
    app = host.declare(env={"VERSION": "one"}, **WORKER)
    host.drive(app, state="restarted", process="worker")
    done = [each for each in host.docker.done if not each.startswith("ask")]
    assert done == ["stop tiny-green-worker", "start tiny-green-worker"]
    with pytest.raises(RefusedError, match="has no process 'wroker'; it has app, worker"):
        host.drive(app, state="restarted", process="wroker")


def test_the_program_runs_without_the_kit_and_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    path = tmp_path / "lib" / "slipway.pyz"
    assert host_program.install(path)
    assert not host_program.install(path)
    command = [sys.executable, "-I", str(path), "job", "none", "x"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("none: no release of it is live on this host."), done.stderr
    needed = host_program.needed(change.__name__)
    assert "def make(" in needed[f"{folders.__name__}.__init__"], (
        "a package's own text, where something is taken from it"
    )


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """An app whose live release has a job; `docker` is nowhere."""
    given = tiny_app(tmp_path, schedules={"clean": CLEAN})
    app, records = App.parse(given), Records(App.parse(given))
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    monkeypatch.setattr(audit, "LOG", tmp_path / "audit.jsonl")
    records.save(Release("r1", "sha256:1", "", 0, "", 0, 0.0, "t", "good"), compose="")
    records.save_declared("r1", given)
    records.name_slot("green", "r1")
    records.switch_to("green")
    monkeypatch.setattr(subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, 0))
    return app


def does(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(inside.Live, "command", lambda *_, **__: (["sh", "-c", script], {"PATH": os.environ["PATH"]}))


def ran(app: App, code: int) -> Run:
    assert job_run.run(app.name, "clean", app.root.parent) == code
    run = last_run(app.root / "state", "clean")
    assert run is not None
    assert run.ended >= run.started > 0
    assert json.loads(audit.LOG.read_text().splitlines()[-1])["result"] == run.outcome
    return run


@pytest.mark.parametrize(
    ("script", "outcome", "code"),
    [("exit 0", "ok", 0), ("exit 7", "failed", 7), ("sleep 60", "timed out", 1)],
)
def test_a_run_is_written_down(
    live: App, monkeypatch: pytest.MonkeyPatch, script: str, outcome: str, code: int
) -> None:
    does(monkeypatch, script)
    run = ran(live, code)
    assert (run.outcome, run.code, run.release) == (outcome, code, "r1")


def test_the_status_names_a_job_that_failed(live: App, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(live, FakeDocker(), None)
    monkeypatch.setattr(certificates, "waiting", lambda: "")
    for script, failed in (("exit 7", ["clean"]), ("exit 0", [])):
        does(monkeypatch, script)
        ran(live, 7 if failed else 0)
        assert status(session)["jobs_failed"] == failed


def test_a_run_that_is_stopped_says_so(live: App, monkeypatch: pytest.MonkeyPatch) -> None:
    does(monkeypatch, f"kill -TERM {os.getpid()}; sleep 60")
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert ran(live, 1).outcome == "stopped"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_job_waits_for_a_change_and_takes_the_release_that_is_live_then(
    live: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, lock = Records(live), JobLock(live.root / "state")
    known = records.release("r1")
    assert known
    records.save(Release("r2", "sha256:2", "", 0, "", 0, 0.0, "t", "good"), compose="")
    records.save_declared("r2", json.loads(records.declared("r1").read_text()))
    does(monkeypatch, "exit 0")
    assert lock.keep_out(0)

    def switch() -> None:
        time.sleep(0.3)
        records.name_slot("blue", "r2")
        records.switch_to("blue")
        lock.let_in()

    changing = threading.Thread(target=switch)
    changing.start()
    assert ran(live, 0).release == "r2"
    changing.join()


def test_a_job_that_is_kept_out_for_too_long_did_not_run(live: App, monkeypatch: pytest.MonkeyPatch) -> None:
    does(monkeypatch, "exit 0")
    monkeypatch.setattr(job_run, "WAIT_S", 0.2)
    lock = JobLock(live.root / "state")
    assert lock.keep_out(0)
    assert ran(live, 1).outcome == "kept out"
    lock.let_in()


def test_a_job_that_the_release_does_not_have_is_named(live: App) -> None:
    with pytest.raises(RefusedError, match="has no schedule 'cleam'; it has clean"):
        job_run.run(live.name, "cleam", live.root.parent)


def test_a_release_of_an_earlier_version_says_what_helps(live: App) -> None:
    Records(live).declared("r1").unlink()
    with pytest.raises(RefusedError, match="does not know how r1 is declared") as refused:
        inside.live(live.name, live.root.parent)
    assert "slipway deploy ENV tiny" in refused.value.fix
