"""An app's site comes with a deploy: exchanged under visitors' eyes, and gone with a release that fails."""

from __future__ import annotations

import pytest

from tests.release.target import Target

SITE = "/etc/caddy/sites/tiny.caddy"
MIB = 1024 * 1024


@pytest.fixture
def sited(target: Target) -> Target:
    """Return the app with a site that the last deploy brought."""
    answer = target.deploy(site=True)
    assert not answer.get("failed"), answer
    return target


def site(target: Target) -> str:
    return target.host.exec(["cat", SITE], check=True).stdout


def posted(target: Target, length: int) -> str:
    """Return the status of the answer to a body of some bytes."""
    body = f"head -c {length} /dev/zero | curl --silent --output /dev/null --write-out '%{{http_code}}'"
    return target.rig.visitor.exec(["sh", "-c", f"{body} --data-binary @- https://app.test/"]).stdout


def test_overlap_is_changed_and_no_request_fails(sited: Target) -> None:
    before = sited.live()
    with sited.visitors(slow=2, slow_s=1, streams=0) as seen:
        alone = sited.deploy(site=True, overlap=False)
        both = sited.deploy(site=True)
    assert not alone.get("failed"), alone
    assert not both.get("failed"), both
    assert seen.failures == 0, seen.report
    assert seen.releases == [before, alone["release"], both["release"]], seen.report
    assert "the site is changed" in alone["msg"], alone


def test_what_only_the_site_says_arrives_by_a_deploy_of_the_same_release(sited: Target) -> None:
    first = sited.deploy("same", site=True)
    assert posted(sited, 2 * MIB) == "413"
    again = sited.deploy("same", site=True, max_body_mib=4)
    assert (again["release"], again["changed"]) == (first["release"], True)
    assert "the site is changed: max_body_mib 1 -> 4" in again["msg"]
    assert posted(sited, 2 * MIB) == "200"
    assert sited.deploy("same", site=True, max_body_mib=4)["changed"] is False


def test_the_site_goes_back_with_a_release_that_the_watch_takes_back(sited: Target) -> None:
    before, was = sited.live(), site(sited)
    answer = sited.deploy(behaviour="turns-bad", turn_s=2, watch_seconds=8, site=True, max_body_mib=4)
    assert answer["code"] == "watch", answer
    assert (sited.live(), site(sited)) == (before, was)
    assert posted(sited, 2 * MIB) == "413"
    assert "the site is as it was before" in answer["msg"]


def test_what_caddy_refuses_is_refused_before_anything_is_touched(sited: Target) -> None:
    before, was, containers = sited.live(), site(sited), sited.all_containers()
    answer = sited.drive(sited.order() | {"site": f"{was}\nhttps://solo.test {{\n\timport secure_listener\n}}\n"})
    assert (answer["code"], answer["changed"]) == ("site", False), answer
    assert "ambiguous site definition" in answer["msg"], answer
    assert (sited.live(), site(sited), sited.all_containers()) == (before, was, containers)
