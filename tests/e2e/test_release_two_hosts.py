"""Two hosts release as one: all gate, then all switch, and a failure anywhere takes all back."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from slipway.rig import Rig
from slipway.rig.play import Played
from tests.release.target import tiny

HOSTS = {"web1": ["one.test"], "web2": ["two.test"]}
SECRETS = {"tiny": {"token": "for the test only"}}

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def cluster() -> Iterator[Rig]:
    """Yield two hosts with the first release live on both."""
    with Rig.up("e2e-release-two", HOSTS, prepared=True) as rig:
        play(rig, "roles/app/molecule/default/prepare.yml").check()
        play(rig, "playbooks/deploy.yml").check()
        yield rig


def play(rig: Rig, playbook: str, *args: str, **env: str) -> Played:
    # No authority would give both hosts a certificate for names that only one of them has.
    declared = {
        "slipway_apps": [tiny(domains=["one.test", "two.test"], exposure="lan", env=env)],
        "slipway_secrets": SECRETS,
    }
    return rig.play(playbook, *args, "-e", json.dumps(declared), inventories=())


def live(rig: Rig) -> list[str]:
    """Return the release that is live on each host."""
    root = "/var/lib/slipway/apps/tiny/live"
    script = f"if [ -e {root}/green ]; then cat {root}/green.release; else cat {root}/blue.release; fi"
    return [host.exec(["sh", "-c", script], check=True).stdout for host in rig.hosts.values()]


def running(rig: Rig) -> list[int]:
    """Return how many containers run on each host."""
    return [len(host.exec(["docker", "ps", "-q"], check=True).stdout.split()) for host in rig.hosts.values()]


def test_a_good_release_is_live_on_both(cluster: Rig) -> None:
    before = live(cluster)
    played = play(cluster, "playbooks/deploy.yml", VERSION="2").check()
    after = live(cluster)
    assert len(set(after)) == 1
    assert after != before
    assert running(cluster) == [1, 1], played.stdout


def test_a_failure_on_one_takes_both_back(cluster: Rig) -> None:
    before = live(cluster)
    told = "/var/lib/slipway/apps/tiny/data/exit"
    cluster.host("web2").put({told: "on this host only"})
    played = play(cluster, "playbooks/deploy.yml", BEHAVIOUR="exits-if-told")
    cluster.host("web2").exec(["rm", told], check=True)
    assert played.rc != 0
    assert "exited with code 3" in played.stdout
    assert "Taken back, because web2 failed" in played.stdout
    assert live(cluster) == before
    assert running(cluster) == [1, 1]


def test_a_host_that_cannot_be_reached_takes_the_others_back(cluster: Rig) -> None:
    before = live(cluster)
    # Sessions that are open already end too.
    cluster.host("web2").exec(["sh", "-c", "systemctl stop ssh.socket ssh.service; pkill -KILL sshd"])
    try:
        played = play(cluster, "playbooks/deploy.yml", VERSION="3")
    finally:
        cluster.host("web2").exec(["systemctl", "start", "ssh.service"], check=True)
    assert played.rc != 0
    assert "Taken back, because web2 failed" in played.stdout
    assert live(cluster) == before
    assert running(cluster) == [1, 1]


def test_both_go_back_together(cluster: Rig) -> None:
    play(cluster, "playbooks/deploy.yml", VERSION="4").check()
    before = live(cluster)
    play(cluster, "playbooks/deploy.yml", VERSION="5").check()
    assert live(cluster) != before
    play(cluster, "playbooks/rollback.yml").check()
    assert live(cluster) == before


def test_what_is_not_declared_any_more_is_stopped_on_both_and_comes_back(cluster: Rig) -> None:
    nothing = json.dumps({"slipway_apps": [], "slipway_secrets": {}})
    gone = cluster.play("playbooks/deploy.yml", "-e", nothing, inventories=()).check()
    assert gone.changed == 2, gone.stdout
    assert running(cluster) == [0, 0]
    again = cluster.play("playbooks/deploy.yml", "-e", nothing, inventories=()).check()
    assert again.changed == 0
    play(cluster, "playbooks/deploy.yml", VERSION="2").check()
    assert running(cluster) == [1, 1]
    assert len(set(live(cluster))) == 1
