"""Whatever dies in the middle of a deploy: visitors are served by one release, and the next deploy cleans up."""

from __future__ import annotations

import contextlib
import json
import threading
import time

import pytest

from tests.release.target import Answer, Target

STEPS = ["begin", "start", "gate", "switch", "check", "drain", "stop", "prune"]


def in_background(target: Target, order: Answer) -> tuple[threading.Thread, list[Answer]]:
    """Start a deploy; its answer is in the list at the end, unless the host died under it."""
    answers: list[Answer] = []

    def carry_out() -> None:
        with contextlib.suppress(AssertionError):
            answers.append(target.drive(order))

    thread = threading.Thread(target=carry_out)
    thread.start()
    return thread, answers


def waiting(target: Target) -> Answer:
    """Return the order for a release that is not ready before the test says so."""
    return target.order(behaviour="waits", gate_timeout_seconds=300)


def wait_for_step(target: Target, step: str) -> None:
    journal = "/var/lib/slipway/apps/tiny/state/journal.json"
    script = f'until grep -q \'"step": "{step}"\' {journal} 2>/dev/null; do sleep 0.02; done'
    assert target.host.exec(["timeout", "120", "sh", "-c", script]).returncode == 0, f"never reached {step}"


def healthy_again(target: Target) -> None:
    """A deploy succeeds without any cleaning up, and leaves one container running, no lock, no journal."""
    answer = target.deploy()
    assert not answer.get("failed"), answer
    assert target.live() == answer["release"]
    assert len(target.running()) == 1
    status = target.status()
    assert (status["busy"], status["interrupted"]) == ("", "")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_visitors_notice_nothing_and_the_next_deploy_cleans_up(  # Z-06
    target: Target, step: str
) -> None:
    before = target.live()
    order = target.order()
    with target.visitors(slow=0, streams=0) as seen:
        reached = target.drive(order, step)["reached"]
        healthy_again(target)
    assert reached in (step, "ended", *STEPS), reached
    assert seen.failures == 0, seen.report
    assert seen.releases[0] == before


def test_docker_restarted_in_the_middle_costs_no_request(target: Target) -> None:  # Z-07
    with target.visitors() as seen:
        order = waiting(target)
        thread, _ = in_background(target, order)
        wait_for_step(target, "gate")
        target.host.exec(["systemctl", "restart", "docker"], check=True)
        target.let_go_on(order)
        thread.join()
        healthy_again(target)
    assert seen.failures == 0, seen.report


def test_caddy_restarted_in_the_middle_disturbs_neither_the_deploy_nor_new_visitors(target: Target) -> None:
    before, order = target.live(), waiting(target)
    with target.visitors(clients=10, fresh=5, slow=1, streams=0) as seen:
        thread, answers = in_background(target, order)
        wait_for_step(target, "gate")
        target.host.exec(["systemctl", "restart", "caddy"], check=True)
        target.let_go_on(order)
        thread.join()
    assert not answers[0].get("failed"), answers
    # A Caddy that leaves opens no files any more, so that its last answers name no release.
    assert [each for each in seen.releases if each] == [before, answers[0]["release"]], seen.report
    # A connection that is being reused in the instant of the restart may be lost; a new or a busy one never.
    assert [example for example in seen.report["examples"] if " kept " not in example] == [], seen.report
    assert seen.failures <= 3, seen.report


def test_a_reboot_in_the_middle_comes_up_on_the_old_release(target: Target) -> None:  # Z-08
    before = target.live()
    thread, _ = in_background(target, waiting(target))
    wait_for_step(target, "gate")
    target.host.kill()
    target.host.start()
    target.host.wait()
    thread.join()
    deadline = time.monotonic() + 300
    while target.live() != before and time.monotonic() < deadline:
        time.sleep(0.5)
    assert target.live() == before
    assert len(target.running()) == 1, "an untried release does not start by itself"
    healthy_again(target)


def test_of_two_deploys_at_once_one_goes_on_and_the_other_names_it(target: Target) -> None:  # Z-23
    order = waiting(target)
    first, answers = in_background(target, order)
    wait_for_step(target, "gate")
    second = target.deploy()
    target.let_go_on(order)
    first.join()
    assert not answers[0].get("failed"), answers
    assert second["code"] == "locked"
    assert "tester@rig is changing this app since" in second["msg"]
    assert target.live() == answers[0]["release"]


def test_a_dead_holders_lease_is_taken_over(target: Target) -> None:
    dead = {"owner": "somebody@gone", "token": "x", "boot": "another", "beat": 0, "since": 0}
    lease = {**dead, "process": 1, "process_start": 1}
    target.host.put({"/var/lib/slipway/apps/tiny/state/lease.json": json.dumps(lease)})
    healthy_again(target)


def test_a_new_container_that_is_killed_during_the_switch_is_not_kept(target: Target) -> None:  # Z-05
    before = target.live()
    thread, answers = in_background(target, waiting(target))
    wait_for_step(target, "gate")
    idle = next(name for name in target.running() if name not in before_names(target, before))
    target.docker("kill", "--signal", "KILL", idle)
    thread.join()
    assert answers[0]["code"] == "gate"
    assert "exited with code 137" in answers[0]["msg"]
    assert target.live() == before


def before_names(target: Target, release: str) -> list[str]:
    """Return the containers of a release."""
    return target.docker("ps", "--filter", f"label=org.slipway.release={release}", "--format", "{{.Names}}").split()
