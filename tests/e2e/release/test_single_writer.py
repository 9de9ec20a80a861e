"""Apps that can't overlap: one container at a time, and visitors who wait instead of failing."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.release.target import SOLO, SOLO_VISITORS, Target


@pytest.fixture
def solo(target: Target) -> Target:
    assert not target.deploy("solo-steady", **SOLO).get("failed")
    return target


def test_visitors_wait_while_the_one_container_is_exchanged(solo: Target) -> None:
    before = solo.live("solo.test")
    # There is always a slow one on its way: unless new ones are held, the old container is never without a request.
    with solo.visitors(**SOLO_VISITORS | {"slow": 3, "slow_s": 1}) as seen:
        answer = solo.deploy(behaviour="slow-start", turn_s=1, **SOLO)
    assert not answer.get("failed"), answer
    assert (seen.failures, seen.releases) == (0, [before, answer["release"]]), seen.report
    assert seen.report["worst_ms"] > 1000, "some were held"
    assert answer["seconds"]["hold"] < solo.order(**SOLO)["app"]["drain_seconds"], "the old one had an end of requests"


def test_the_old_one_has_ended_before_the_new_one_begins(solo: Target) -> None:
    assert not solo.deploy(**SOLO).get("failed")
    found = json.loads(solo.docker("inspect", *solo.all_containers("solo")))
    ended = [each["State"]["FinishedAt"] for each in found if not each["State"]["Running"]]
    began = [each["State"]["StartedAt"] for each in found if each["State"]["Running"]]
    assert moment(ended[0]) <= moment(began[0])


def test_when_the_new_one_fails_the_old_one_comes_back_and_nobody_saw_it(solo: Target) -> None:
    before = solo.live("solo.test")
    with solo.visitors(**SOLO_VISITORS) as seen:
        answer = solo.deploy(behaviour="exits", **SOLO)
    assert answer["code"] == "gate"
    assert (seen.failures, seen.releases) == (0, [before]), seen.report
    assert len(solo.running("solo")) == 1


def moment(text: str) -> datetime:
    """Return Docker's time stamp, whose nine digits of a second are three too many."""
    return datetime.fromisoformat(text[:26] + "+00:00")
