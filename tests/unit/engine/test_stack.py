"""A release of several processes, in the order that costs neither a request nor a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.errors import GateError, WatchError
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.processes import pair
from tests.unit.engine.fake_host import FakeHost

STACK: dict[str, Any] = {
    "processes": {
        "worker": {"command": ["work"], "ready": ["probe"]},
        "beat": {"command": ["beat"], "ready": ["probe"], "single": True},
        "pages": {"port": 9000, "path": "/pages"},
    }
}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    return FakeHost(tmp_path, monkeypatch)


def deploys(host: FakeHost, *versions: str, **fields: Any) -> str:
    """Deploy one release after the other and return the last one's id; forget what was done until then."""
    release = [str(host.deploy(version, **STACK, **fields)["release"]) for version in versions][-1]
    host.docker.done.clear()
    return release


def test_workers_start_after_the_gate_and_the_single_one_changes_hands_after_the_switch(host: FakeHost) -> None:
    deploys(host, "one")
    host.deploy("two", **STACK)
    done = [each for each in host.docker.done if not each.startswith("ask")]
    assert done[:4] == [
        "start tiny-blue",
        "start tiny-blue-pages",
        "start tiny-blue-worker",
        "stop tiny-green-beat",
    ]
    assert done[4] == "start tiny-blue-beat"
    assert set(done[5:]) == {"stop tiny-green", "stop tiny-green-pages", "stop tiny-green-worker"}
    assert host.docker.done.index("ask tiny-blue-worker") < host.docker.done.index("stop tiny-green-beat")


def test_a_rollback_goes_the_same_way(host: FakeHost) -> None:
    first = str(host.deploy("one", **STACK)["release"])
    deploys(host, "two")
    assert host.roll_back(**STACK)["release"] == first
    done = [each for each in host.docker.done if not each.startswith("ask")]
    assert done.index("stop tiny-blue-beat") < done.index("start tiny-green-beat")
    assert host.docker.running() == {"tiny-green", "tiny-green-pages", "tiny-green-worker", "tiny-green-beat"}


@pytest.mark.parametrize("broken", ["tiny-blue", "tiny-blue-pages"])
def test_a_part_that_is_not_ready_has_no_worker_started(host: FakeHost, broken: str) -> None:
    live = deploys(host, "one")
    host.answers[broken] = 500
    with pytest.raises(GateError, match="not ready within"):
        host.deploy("two", **STACK)
    assert [each for each in host.docker.done if "worker" in each or "beat" in each] == []
    assert host.live == live
    assert not any(name.startswith("tiny-blue") for name in host.docker.all)


def test_a_worker_that_is_not_ready_takes_the_release_back_before_the_switch(host: FakeHost) -> None:
    live = deploys(host, "one")
    host.docker.ready = lambda name: int("blue" in name)
    with pytest.raises(GateError, match="Process `worker`: not ready within"):
        host.deploy("two", **STACK)
    assert "stop tiny-green-beat" not in host.docker.done
    assert host.live == live


def test_a_single_one_that_does_not_start_gives_the_place_back(host: FakeHost) -> None:
    live = deploys(host, "one")
    host.docker.ends = {"tiny-blue-beat"}
    with pytest.raises(GateError, match="Process `beat`: its container exited with code 3"):
        host.deploy("two", **STACK)
    done = [each for each in host.docker.done if "beat" in each and not each.startswith("ask")]
    assert done == ["stop tiny-green-beat", "start tiny-blue-beat", "remove tiny-blue-beat", "start tiny-green-beat"]
    assert host.live == live
    assert host.docker.running() == {"tiny-green", "tiny-green-pages", "tiny-green-worker", "tiny-green-beat"}


def test_visitors_get_the_old_release_back_also_where_its_worker_does_not_start(host: FakeHost) -> None:
    live = deploys(host, "one")
    host.docker.ends = {"tiny-blue-beat"}
    host.docker.ready = lambda name: int(name == "tiny-green-beat")
    with pytest.raises(GateError, match="Process `beat`: its container exited") as refused:
        host.deploy("two", **STACK)
    assert host.live == live
    assert any("warning: tiny: the new release is not ready: Process `beat`" in line for line in refused.value.evidence)
    assert "tiny-blue" not in host.docker.all


def test_a_worker_that_ends_in_the_watch_takes_the_release_back(host: FakeHost) -> None:
    live = deploys(host, "one")
    sleep, looks = host._sleep, iter(range(1000))

    def die_later(seconds: float) -> None:
        sleep(seconds)
        if host.live != live and next(looks) == 2:
            host.docker.stop("tiny-blue-worker", 0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("time.sleep", die_later)
        with pytest.raises(WatchError, match="its process `worker` exited"):
            host.deploy("two", **STACK, watch_seconds=5)
    assert host.live == live
    assert host.docker.running() == {"tiny-green", "tiny-green-pages", "tiny-green-worker", "tiny-green-beat"}


@pytest.mark.parametrize("gone", ["tiny-green-worker", "tiny-green-beat", "tiny-green-pages"])
def test_what_ended_is_started_again_and_the_rest_is_left_alone(host: FakeHost, gone: str) -> None:
    live = deploys(host, "one")
    host.docker.remove(gone)
    host.docker.done.clear()
    assert "started again" in host.deploy("one", **STACK)["msg"]
    assert [each for each in host.docker.done if not each.startswith("ask")] == [f"start {gone}"]
    assert host.live == live


def test_a_change_that_died_before_the_hand_over_leaves_visitors_where_they_are(host: FakeHost) -> None:
    deploys(host, "one")

    def die(*_: object) -> None:
        raise KeyboardInterrupt  # which, as SIGKILL, leaves no time to take anything back

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(host.docker, "stop", die)
        with pytest.raises(KeyboardInterrupt):
            host.deploy("two", **STACK)
    next(host.folder.rglob("lease.json")).unlink()  # the one of a dead process holds nobody up
    host.docker.done.clear()
    assert "it had reached hand_over" in host.deploy("two", **STACK)["msg"]
    done = [each for each in host.docker.done if not each.startswith("ask")]
    assert done[:2] == ["stop tiny-green-beat", "start tiny-blue-beat"]


def test_a_first_release_that_fails_leaves_nothing_live(host: FakeHost) -> None:
    host.answers["tiny-green"] = 500
    with pytest.raises(GateError):
        host.deploy("one", **STACK)
    assert host.live == ""
    assert host.docker.all == {}
    host.answers.clear()
    assert host.deploy("one", **STACK)["release"] == host.live


def test_visitors_who_are_held_get_the_old_release_back_before_the_switch_too(host: FakeHost) -> None:
    solo = {"overlap": False}
    host.deploy("one", **solo)
    named = Path(str(host.app["live_dir"])) / "port"
    before = named.read_text()
    host.answers["tiny-blue"] = 500
    with pytest.raises(GateError):
        host.deploy("two", **solo)
    assert named.read_text() == before, "else they would wait for a port where nothing listens"


def test_what_a_release_lacks_by_now_is_stopped_with_the_release_that_has_it(host: FakeHost) -> None:
    deploys(host, "one")
    host.deploy("two")
    assert host.docker.running() == {"tiny-blue"}
    host.roll_back()
    assert host.docker.running() == {"tiny-green", "tiny-green-pages", "tiny-green-worker", "tiny-green-beat"}


def test_one_that_was_stopped_by_hand_is_started_again_and_nothing_else_touched(host: FakeHost) -> None:
    release = deploys(host, "one")
    host.docker.stop("tiny-green-worker", 0)
    again = host.deploy("one", **STACK)
    assert (again["release"], again["changed"]) == (release, True)
    assert [each for each in host.docker.done if each.startswith("start")] == ["start tiny-green-worker"]


def test_pairs_of_ports_are_even_and_apart() -> None:
    pairs = [pair(f"shop/{name}", None) for name in range(200)]
    assert all(each["blue"]["port"] % 2 == 0 for each in pairs)
    assert all(each["green"]["port"] == each["blue"]["port"] + 1 for each in pairs)
