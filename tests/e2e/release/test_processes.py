"""A release of several processes: gated, switched, taken back and rolled back as one."""

from __future__ import annotations

import json
from typing import Any

from tests.release.target import BEHIND, PAGES, STACK, Target

DATA = "/var/lib/slipway/apps/tiny/data"


def log(target: Target, name: str) -> list[list[str]]:
    """Return what a process wrote down: the release and what it did."""
    lines = target.host.exec(["cat", f"{DATA}/{name}.log"]).stdout.splitlines()
    return [line.split(" ", 1) for line in lines]


def served(target: Target, path: str) -> Any:
    """Return what a visitor gets of a page."""
    return json.loads(target.rig.visitor.curl(f"https://app.test{path}").stdout)


def worker(**fields: object) -> dict[str, Any]:
    """Return the processes with another worker."""
    return {"processes": {**STACK["processes"], "worker": {**BEHIND["worker"], **fields}}}


def test_routes_come_and_go_with_their_release_and_no_visitor_notices(target: Target) -> None:
    assert served(target, "/pages/1")["role"] == "app"
    with target.visitors(rate=100, slow=2, streams=1) as seen:
        first = target.deploy(**STACK)
        assert not first.get("failed"), first
        assert [served(target, path)["role"] for path in ("/", "/pages", "/pages/1", "/pagesx")] == [
            "app",
            "pages",
            "pages",
            "app",
        ]
        second = target.deploy(**STACK)
        assert not second.get("failed"), second
        back = target.roll_back(**STACK)
        assert back["release"] == first["release"]
        secrets = ["store_password", "store_url", "token"]
        whose = {"release": first["release"], "role": "pages", "secrets": secrets, "path": "/pages/1"}
        assert served(target, "/pages/1") == whose
        alone = target.deploy()
        assert not alone.get("failed"), alone
        assert served(target, "/pages/1")["role"] == "app"
        assert target.running() == ["tiny-blue"] or target.running() == ["tiny-green"]
    assert seen.failures == 0, f"{seen.report}\n{target.front_errors()}"


def test_one_of_its_kind_is_never_there_twice_and_a_worker_ends_its_job(target: Target) -> None:
    before = len(log(target, "beat")), len(log(target, "work"))
    slow = worker(env={"JOB_S": "1.5"})
    for _ in range(3):
        assert not target.deploy(**slow).get("failed")
    assert not target.roll_back(**slow).get("failed")
    assert not target.deploy().get("failed")
    beats, jobs = log(target, "beat")[before[0] :], log(target, "work")[before[1] :]
    assert [each for each in beats if "not alone" in each[1]] == []
    assert sum(each[1] == "starts" for each in beats) == 4
    assert [each[1] for each in beats if each[1] in ("starts", "ends")] == ["starts", "ends"] * 4
    assert sum(each[1] == "starts" for each in jobs) == sum(each[1] == "ends" for each in jobs) == 4


def test_a_release_whose_web_gate_fails_has_done_no_job(target: Target) -> None:
    answer = target.deploy(behaviour="answers-500", gate_timeout_seconds=2, **worker(env={"BEHAVIOUR": "good"}))
    assert answer["code"] == "gate"
    assert answer["audit"]["release"] not in {each[0] for each in log(target, "work")}
    assert not any(answer["audit"]["release"] in each for each in log(target, "beat"))


def test_a_worker_that_ends_is_named_and_costs_visitors_nothing(target: Target) -> None:
    live = target.live()
    with target.visitors() as seen:
        answer = target.deploy(**worker(env={"BEHAVIOUR": "exits"}))
    assert answer["code"] == "gate"
    assert "Process `worker`: its container exited with code 3" in answer["msg"]
    assert "cannot read my configuration" in answer["msg"]
    assert (target.live(), seen.failures) == (live, 0)
    assert [each for each in target.all_containers() if "-worker" in each] == []


def test_a_worker_that_is_never_ready_says_what_its_question_said(target: Target) -> None:
    ready = ["python3", "-c", "print('no broker yet'); raise SystemExit(7)"]
    answer = target.deploy(gate_timeout_seconds=2, **worker(ready=ready))
    assert answer["code"] == "gate"
    assert "Process `worker`: not ready within 2 s" in answer["msg"]
    assert "exit code 7: no broker yet" in answer["msg"]


def test_a_worker_that_dies_after_the_switch_takes_the_release_back(target: Target) -> None:
    live = target.live()
    with target.visitors() as seen:
        answer = target.deploy(watch_seconds=10, **worker(env={"BEHAVIOUR": "dies", "TURN_S": "3"}))
    assert answer["code"] == "watch"
    assert "the container of its process `worker` exited" in answer["msg"]
    assert (target.live(), seen.failures) == (live, 0)


def test_a_part_that_is_not_ready_keeps_the_whole_release_away(target: Target) -> None:
    live = target.live()
    broken = {**PAGES, "env": {"ROLE": "pages", "BEHAVIOUR": "answers-500"}}
    answer = target.deploy(gate_timeout_seconds=2, processes={**BEHIND, "pages": broken})
    assert answer["code"] == "gate"
    assert "Process `pages`: not ready within 2 s" in answer["msg"]
    assert target.live() == live


def test_status_and_logs_know_each_process(target: Target) -> None:
    assert not target.deploy(**STACK).get("failed")
    status = target.status()
    assert status["processes"].keys() == {"worker", "beat", "pages"}
    assert set(status["processes"].values()) <= {"running", "starting", "healthy"}
    order = target.order(**STACK)
    assert target.drive(order | {"state": "logs", "process": "worker"})["lines"] == ["tiny starts, behaviour good"]
    refused = target.drive(order | {"state": "logs", "process": "wroker"})
    assert "no process 'wroker'; it has app, beat, pages, worker" in refused["msg"]


def test_a_process_that_was_stopped_by_hand_is_started_again(target: Target) -> None:
    release = target.deploy("stopped", **STACK)["release"]
    (name,) = [each for each in target.running() if each.endswith("-worker")]
    target.docker("stop", "--time", "0", name)
    again = target.deploy("stopped", **STACK)
    assert (again["release"], again["changed"]) == (release, True)
    assert f"{release} is live but did not run; started again" in again["msg"]
    assert name in target.running()


def test_replicas_run_side_by_side_and_go_with_their_release(target: Target) -> None:
    assert not target.deploy(**worker(replicas=3)).get("failed")
    names = [each for each in target.running() if "-worker" in each]
    assert [name.partition("-worker")[2] for name in names] == ["", "-2", "-3"]
    assert not target.deploy().get("failed")
    assert [each for each in target.running() if "-worker" in each] == []
