"""Several hosts, all or none."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.plugin_utils.multi_host import UNREACHABLE, Verdict, tolerated, verdict

GOOD = {"changed": True, "lease": "t"}


def test_when_all_are_well_all_go_on() -> None:
    assert verdict({"web1": GOOD, "web2": {"changed": False}}) == Verdict(go_on=True)


def test_one_that_refused_stops_all_and_is_named() -> None:
    refused = {"refused": "tiny: the new release is not ready", "changed": False}
    judged = verdict({"web1": GOOD, "web2": refused})
    assert judged == Verdict(go_on=False, failed_host="web2", why="tiny: the new release is not ready")


def test_one_that_could_not_be_reached_stops_all() -> None:
    assert verdict({"web1": GOOD, "web2": None}) == Verdict(go_on=False, failed_host="web2", why=UNREACHABLE)


def test_the_first_culprit_stays_the_culprit_in_later_phases() -> None:
    taken_back = {"refused": "broken", "failed_host": "web2", "changed": True}
    assert verdict({"web1": taken_back, "web2": taken_back}).failed_host == "web2"


def test_a_failure_becomes_something_to_hear_and_success_stays() -> None:
    assert tolerated({"failed": True, "msg": "broken", "code": "gate"}) == {
        "refused": "broken",
        "changed": False,
        "code": "gate",
    }
    assert tolerated(GOOD) == GOOD
