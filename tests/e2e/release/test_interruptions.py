"""A deploy or rollback killed at any of its steps: one release serves, and the next deploy cleans up."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.change import AFTER_SWITCH
from ansible_collections.slipway.kit.plugins.module_utils.release.records import STEPS, Step
from tests.release.target import BEHIND, SOLO, SOLO_VISITORS, STACK, Answer, Seen, Target
from tests.release.under_way import JOURNAL, healthy_again

# An app that needs every step of a deploy but `hold`, and SOLO with it all of them.
SNAPSHOT = "import pathlib, sys; d = pathlib.Path(sys.argv[1]); d.mkdir(exist_ok=True); d.joinpath('copy').touch()"
THOROUGH: dict[str, Any] = {
    "snapshot": ["python3", "-c", SNAPSHOT],
    "hook": ["python3", "-c", "import time; time.sleep(0.3)"],
    "watch_seconds": 1,
    "schedules": {"seldom": {"at": "*-01-01 00:00:00", "command": ["true"]}},
    **STACK,
}
# It can't have two processes that serve visitors.
THOROUGH_SOLO: dict[str, Any] = {**SOLO, **THOROUGH, "processes": BEHIND}
OF_A_ROLLBACK = [step for step in STEPS if step not in ("services", "site", "snapshot", "hold", "hook")]
WHILE_HELD = ["site", "hold", "hook", "start", "gate", "switch"]


def killed(target: Target, order: Answer, step: Step, moment: str = "begun") -> None:
    """Carry an order out until its step, where SIGKILL ends the engine."""
    said = target.drive(order, step, moment)
    assert said == {"reached": step, "signal": signal.SIGKILL}


def unnoticed(seen: Seen, before: str, step: Step, healed: Answer) -> None:
    """Visitors saw no failure, and no more than three releases; the next deploy knew where the last one had died."""
    assert seen.failures == 0, seen.report
    assert seen.releases[0] == before, seen.report
    assert len(seen.releases) <= 3, seen.report
    assert f"(it had reached {step})" in healed["msg"], healed


def test_the_steps_of_a_change_are_all_there_are(target: Target) -> None:
    """So that the tests below forget none."""
    deployed, _ = target.deploy(site=True, **THOROUGH), target.deploy(**THOROUGH)
    back = target.roll_back(**THOROUGH)
    assert ["begin", *deployed["seconds"]] == [step for step in STEPS if step != "hold"]
    assert ["begin", *back["seconds"]] == OF_A_ROLLBACK
    assert not target.deploy(**SOLO).get("failed")
    alone = target.deploy(site=True, **THOROUGH_SOLO)["seconds"]
    assert ["begin", *alone] == [step for step in STEPS if step != "routes"]


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        *((step, "begun") for step in STEPS if step != "hold"),
        # The container that the engine started goes on without it.
        *((step, "running") for step in ("snapshot", "hook", "start")),
    ],
)
def test_killed_at_a_step_visitors_notice_nothing_and_the_next_deploy_cleans_up(  # Z-06
    target: Target, step: Step, moment: str
) -> None:
    before, order = target.live(), target.order(site=step == "site", **THOROUGH)
    with target.visitors(slow=0, streams=0) as seen:
        killed(target, order, step, moment)
        healed = healthy_again(target, order)
    unnoticed(seen, before, step, healed)
    assert healed["release"] != before
    # Visitors had it already: what was begun is ended. They did not: it is taken back and done again.
    assert healed["msg"].startswith("tiny: finished" if step in AFTER_SWITCH[1:] else "tiny: took back"), healed


@pytest.mark.parametrize("step", ["gate", "check", "watch", "stop"])
def test_another_deploy_after_one_that_was_killed_knows_whether_that_was_good(target: Target, step: Step) -> None:
    killed(target, target.order(f"killed at {step}", **THOROUGH), step)
    dead = json.loads(target.host.exec(["cat", JOURNAL], check=True).stdout)["release"]
    healthy_again(target)
    record = target.host.exec(["cat", f"/var/lib/slipway/apps/tiny/releases/{dead}/release.json"]).stdout
    assert (json.loads(record)["state"] if record else "gone") == ("gone" if step == "gate" else "good")


@pytest.mark.parametrize("step", OF_A_ROLLBACK)
def test_a_rollback_killed_at_a_step_costs_no_request_either(target: Target, step: Step) -> None:  # Z-06
    for _ in range(2):  # so that what it goes back to has all parts too
        assert not target.deploy(**THOROUGH).get("failed")
    before = target.live()
    with target.visitors(slow=0, streams=0) as seen:
        killed(target, target.order(**THOROUGH) | {"state": "rolled_back"}, step)
        healed = healthy_again(target)
    unnoticed(seen, before, step, healed)


@pytest.mark.parametrize("step", WHILE_HELD)
def test_killed_while_visitors_are_held_they_wait_for_the_next_deploy(target: Target, step: Step) -> None:  # Z-06
    assert not target.deploy("solo-steady", **SOLO).get("failed")
    before = target.live("solo.test")
    with target.visitors(**SOLO_VISITORS) as seen:
        killed(target, target.order(site=step == "site", **THOROUGH_SOLO), step)
        healed = target.deploy(**SOLO)
    assert not healed.get("failed"), healed
    unnoticed(seen, before, step, healed)
