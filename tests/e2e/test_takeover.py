"""A host that somebody else set up is taken over where that is meant, and not touched where it is not."""

from __future__ import annotations

import json

import pytest

from slipway.rig import Rig

pytestmark = [pytest.mark.rig, pytest.mark.long, pytest.mark.timeout(900)]

PREPARED = True
DAEMON_JSON = json.dumps({"data-root": "/srv/docker", "registry-mirrors": ["https://mirror.example.com"]})
# A stand-in with what the real one conflicts with; without a file, since only its name is looked at.
CONTROL = """Package: docker-ce
Version: 5:28.0.0
Architecture: all
Maintainer: nobody <nobody@example.com>
Conflicts: docker.io
Description: stand-in
"""
SET_UP = """set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get purge -y -qq docker.io
dpkg-deb --build /root/docker-ce /root/docker-ce.deb
dpkg --install /root/docker-ce.deb
getent group docker || groupadd docker
useradd --create-home ops
gpasswd --members ops docker
apt-get update -qq
apt-get install -y -qq ufw
ufw allow 22/tcp
ufw --force enable
"""
STATE = (
    "cat /etc/docker/daemon.json; getent group docker; ufw status; dpkg -l docker-ce docker.io 2>/dev/null | grep ^i"
)


@pytest.fixture(scope="module", autouse=True)
def _somebody(rig: Rig) -> None:
    web = rig.host("web1")
    web.put({"/root/docker-ce/DEBIAN/control": CONTROL, "/etc/docker/daemon.json": DAEMON_JSON})
    web.exec(["sh", "-c", SET_UP], check=True)


def state(rig: Rig) -> str:
    return rig.host("web1").exec(["sh", "-c", STATE]).stdout


def test_a_host_of_others_is_refused_with_all_that_would_be_taken_and_nothing_is_touched(rig: Rig) -> None:
    before = state(rig)
    assert "Status: active" in before
    played = rig.play("playbooks/site.yml")
    said = " ".join(played.stdout.split())
    assert played.rc != 0
    assert "docker-ce of web1 would be removed" in said
    assert "/etc/docker/daemon.json of web1 is not the kit's and would be replaced" in said
    assert "lie in /srv/docker, where its engine would no longer look" in said
    assert "ops of web1 would be taken out of the group docker" in said
    assert "ufw is active on web1 and would be switched off" in said
    assert played.changed == 0
    assert state(rig) == before


@pytest.mark.parametrize("role", ["firewall", "docker"])
def test_each_role_refuses_by_itself_too(rig: Rig, role: str) -> None:
    before = state(rig)
    played = rig.play("playbooks/provision.yml", "--tags", role)
    assert played.rc != 0
    assert f"Role {role} refuses its inputs for web1. Nothing was changed." in " ".join(played.stdout.split())
    assert state(rig) == before


def test_with_a_yes_the_host_is_taken_over_and_stays_so(rig: Rig) -> None:
    agreed = ("-e", "slipway_takeover=true")
    preflight = rig.play("playbooks/preflight.yml", *agreed).check()
    assert "warning: docker-ce of web1 would be removed" in " ".join(preflight.stdout.split())
    rig.play("playbooks/provision.yml", *agreed).check()
    after = state(rig)
    assert "Status: inactive" in after
    assert "docker.io" in after
    assert "docker-ce" not in after
    assert "\ndocker:x:" in after
    assert not any(line.startswith("docker:") and line.endswith("ops") for line in after.splitlines())
    kept = rig.host("web1").exec(["cat", "/etc/docker/daemon.json.before-slipway"]).stdout
    assert kept == DAEMON_JSON
    # Nothing is left to agree to.
    assert rig.play("playbooks/provision.yml").check().changed == 0
