"""A deploy that goes on in the background while something happens to its host, and what a host is like after it."""

from __future__ import annotations

import contextlib
import threading

from tests.release.target import Answer, Target

JOURNAL = "/var/lib/slipway/apps/tiny/state/journal.json"


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
    """Return when the engine has written down that it does this step."""
    script = f'until grep -q \'"step": "{step}"\' {JOURNAL} 2>/dev/null; do sleep 0.02; done'
    assert target.host.exec(["timeout", "120", "sh", "-c", script]).returncode == 0, f"never reached {step}"


def healthy_again(target: Target, order: Answer | None = None) -> Answer:
    """See that a deploy succeeds without any cleaning up, and leaves what it is made of, no lock, no journal."""
    order = order or target.order()
    answer = target.drive(order)
    assert not answer.get("failed"), answer
    assert target.live() == answer["release"]
    assert len(target.running()) == len(order["app"]["containers"]) + len(order["app"]["services"])
    status = target.status()
    assert (status["busy"], status["interrupted"]) == ("", "")
    return answer
