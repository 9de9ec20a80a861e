"""Jobs on a real host: systemd's timers start them, and no container outlives its run."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.host_program import PATH
from tests.release.target import BEHIND, Answer, Target

UNIT = "slipway-job-tiny.job.service"
LOG = "/var/lib/slipway/apps/tiny/data/job.log"
WRITES = "import os; open('/data/job.log', 'a').write(os.environ['RELEASE'] + chr(10)); print('written')"
# Never by itself within a test.
SELDOM = "*-01-01 00:00:00"


def job(code: str, at: str = SELDOM, **fields: object) -> dict[str, Any]:
    """Return the declaration of one schedule of Python code."""
    return {"schedules": {"job": {"at": at, "command": ["python3", "-c", code], **fields}}}


def run_now(target: Target, **declared: Any) -> Answer:
    return target.drive(target.order(**declared) | {"state": "job_run", "job": "job", "process": ""})


def listed(target: Target, **declared: Any) -> Answer:
    [one] = target.drive(target.order(**declared) | {"state": "jobs"})["jobs"]
    return dict(one)


def until_written_by(target: Target, release: str) -> None:
    """Wait until the job of a release has written."""
    deadline = time.monotonic() + 60
    while release not in target.host.exec(["cat", LOG]).stdout:
        assert time.monotonic() < deadline, target.host.exec(["journalctl", "-u", UNIT, "-n", "30"]).stdout
        time.sleep(0.2)


def left(target: Target) -> str:
    """Return the containers of the job, running or not."""
    return target.host.exec(["docker", "ps", "-aq", "--filter", "name=tiny-job"], check=True).stdout


def waits_to_run(target: Target) -> None:
    deadline = time.monotonic() + 30
    while not target.host.exec(["docker", "ps", "-q", "--filter", "name=tiny-job-job"]).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_timer_runs_the_command_of_whatever_release_is_live(target: Target) -> None:
    often = job(WRITES, at="*-*-* *:*:0/2")
    first = target.deploy(**often)
    assert not first.get("failed"), first
    until_written_by(target, first["release"])
    second = target.deploy(**often)
    until_written_by(target, second["release"])
    back = target.roll_back(**often)
    assert back["release"] == first["release"]
    before = target.host.exec(["cat", LOG]).stdout.count(first["release"])
    deadline = time.monotonic() + 60
    while target.host.exec(["cat", LOG]).stdout.count(first["release"]) == before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert not target.deploy().get("failed")
    assert target.host.exec(["sh", "-c", "ls /etc/systemd/system/slipway-job-*"]).stdout == ""
    assert "slipway-job" not in target.host.exec(["systemctl", "list-timers", "--all"]).stdout


def test_a_run_by_hand_says_how_it_went(target: Target) -> None:
    declared = job(WRITES)
    release = target.deploy(**declared)["release"]
    answer = run_now(target, **declared)
    assert not answer.get("failed"), answer
    assert "written" in answer["said"]
    known = listed(target, **declared)
    assert (known["last"]["outcome"], known["last"]["release"], known["runs"]) == ("ok", release, False)
    assert known["next"] > time.time()
    assert left(target) == ""
    audit = target.host.exec(["tail", "-1", "/var/log/slipway/audit.jsonl"]).stdout
    assert json.loads(audit) | {"action": "job", "result": "ok", "job": "job"} == json.loads(audit)


def test_one_that_fails_and_one_that_takes_too_long_leave_nothing(target: Target) -> None:
    fails = job("import sys; sys.exit(3)")
    target.deploy(**fails)
    answer = run_now(target, **fails)
    assert (answer["code"], listed(target, **fails)["last"]["code"]) == ("job", 3)
    endless = job("import time; print('begins', flush=True); time.sleep(600)", timeout_seconds=3)
    target.deploy(**endless)
    answer = run_now(target, **endless)
    assert "did not end well: timed out" in answer["msg"]
    assert left(target) == ""


@pytest.mark.parametrize(("ends", "outcome"), [("stop", "stopped"), ("kill --signal=KILL", "interrupted")])
def test_one_that_is_ended_by_hand_leaves_nothing(target: Target, ends: str, outcome: str) -> None:
    endless = job("import time; time.sleep(600)")
    target.deploy(**endless)
    target.host.exec(["systemctl", "start", "--no-block", UNIT], check=True)
    waits_to_run(target)
    assert listed(target, **endless)["runs"]
    target.host.exec(["systemctl", *ends.split(), UNIT], check=True)
    deadline = time.monotonic() + 60
    while left(target) or listed(target, **endless)["runs"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert listed(target, **endless)["last"]["outcome"] == outcome


def test_a_job_that_runs_keeps_the_hook_waiting_and_no_visitor(target: Target) -> None:
    slow = job("import time; time.sleep(4)")
    target.deploy(**slow)
    target.host.exec(["systemctl", "start", "--no-block", UNIT], check=True)
    waits_to_run(target)
    hook = ["python3", "-c", "import os; print(os.listdir('/data'))"]
    with target.visitors(slow=0, streams=0) as seen:
        answer = target.deploy(hook=hook, **slow)
    assert not answer.get("failed"), answer
    assert seen.failures == 0, seen.report
    assert listed(target, **slow)["last"]["outcome"] == "ok", "the job came to its end"


def test_a_time_that_systemd_does_not_know_is_refused_before_anything_happens(target: Target) -> None:
    live = target.live()
    answer = target.deploy(**job(WRITES, at="Fri 25:00"))
    assert answer["code"] == "refused"
    assert "`at: Fri 25:00` of schedule `job`" in answer["msg"]
    assert target.live() == live


def test_a_unit_may_do_little(target: Target) -> None:
    target.deploy(**job(WRITES))
    judged = target.host.exec(["systemd-analyze", "security", "--no-pager", UNIT]).stdout.splitlines()[-1]
    score = float(judged.split(":")[1].split()[0])
    assert score <= 4.0, judged


def test_a_command_runs_in_a_container_of_its_own_that_goes_away(target: Target) -> None:
    target.deploy()
    code = "import os; print(open('/run/secrets/token').read(), os.environ['RELEASE'], os.listdir('/data'))"
    words = ["python3", "-I", str(PATH), "run", "--by", "me", "tiny", "--", "python3", "-c", code]
    done = target.host.exec(words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"for the test only {target.live()} ["), done.stdout
    assert target.host.exec([*words[:8], "sh", "-c", "exit 7"]).returncode == 7
    assert target.host.exec(["docker", "ps", "-aq", "--filter", "name=tiny-run"]).stdout == ""
    unknown = target.host.exec([*words[:4], "--process", "wroker", "tiny", "--", "true"])
    assert (unknown.returncode, "has no process 'wroker'" in unknown.stderr) == (2, True)


def test_a_restart_costs_no_request(target: Target) -> None:
    stack: dict[str, Any] = {"processes": BEHIND}
    assert not target.deploy("restarted", **stack).get("failed")
    live, before = target.live(), set(target.running())
    order = target.order("restarted", **stack) | {"state": "restarted", "process": ""}
    with target.visitors() as seen:
        answer = target.drive(order)
    assert not answer.get("failed"), answer
    assert seen.failures == 0, f"{seen.report}\n{target.front_errors()}"
    assert target.live() == live
    assert not before & set(target.running()), "all of them are new"
    worker = target.drive(order | {"process": "worker"})
    assert not worker.get("failed"), worker
