"""A container published to the whole world by mistake is reached by nobody outside, whatever happens to the host."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network

import pytest

from tests.rig import Rig

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

PREPARED = True
PLAYBOOK = "tests/e2e/playbooks/doors.yml"
PORT = 18080
BRIDGE = "10.199.0.0/16"  # docker_address_pools
CANARY = f"""set -eu
apt-get install -qq -y --no-install-recommends busybox-static >/dev/null
tar --create --directory /usr/bin busybox | docker import - canary >/dev/null
docker run --detach --restart always --publish 0.0.0.0:{PORT}:80 --publish [::]:{PORT}:80 canary /busybox httpd -f -p 80
docker run --detach --restart always --publish {PORT + 1}:80 canary /busybox httpd -f -p 80
"""


def sh(rig: Rig, script: str) -> str:
    """Run a script on the host."""
    done = rig.host("web1").exec(["sh", "-c", script])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def reboot(rig: Rig) -> None:
    """Restart the host and wait until everything that starts at boot has."""
    rig.host("web1").restart()
    sh(rig, "systemctl is-system-running --wait; systemctl start docker.service")


@pytest.fixture(scope="module", autouse=True)
def _canary(rig: Rig) -> None:
    rig.play(PLAYBOOK).check()
    sh(rig, CANARY)
    # A neighbour who knows the way to the containers.
    rig.visitor.exec(["ip", "route", "add", BRIDGE, "via", rig.host("web1").address], check=True)


EVENTS: dict[str, Callable[[Rig], object]] = {
    "as published": lambda rig: sh(rig, "docker ps"),
    "after a restart of the engine": lambda rig: sh(rig, "systemctl restart docker.service"),
    "after a reload of the firewall": lambda rig: sh(rig, "systemctl reload slipway-firewall.service"),
    "after a second converge": lambda rig: rig.play(PLAYBOOK).check(),
    "after a reboot": reboot,
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))
def test_nobody_outside_reaches_it(rig: Rig, event: Callable[[Rig], object]) -> None:  # F-02 F-05 F-06 F-09
    event(rig)
    web = rig.host("web1")
    # It is there, and published: the host itself reaches it by its outer address.
    assert rig.host("web1").exec(["sh", "-c", "docker ps --quiet | wc -l"]).stdout.strip() == "2"
    inside = sh(rig, "docker inspect --format '{{.NetworkSettings.IPAddress}}' $(docker ps --quiet)").split()
    assert len([address for address in inside if ip_address(address) in ip_network(BRIDGE)]) == 2
    ways = [f"{address}:{port}" for address in (web.address, f"[{web.address6}]") for port in (PORT, PORT + 1)]
    ways += [f"{address}:80" for address in inside]
    with ThreadPoolExecutor(len(ways)) as pool:
        codes = pool.map(lambda way: rig.visitor.curl(f"http://{way}/", "--max-time", "3").returncode, ways)
    reached = [way for way, code in zip(ways, codes, strict=True) if code == 0]
    assert reached == [], sh(rig, "nft list ruleset")


def test_rules_are_the_same_after_a_reboot(rig: Rig) -> None:  # F-09
    own = "nft --stateless list table inet slipway; iptables -S DOCKER-USER; ip6tables -S DOCKER-USER"
    before = sh(rig, own)
    reboot(rig)
    assert sh(rig, own) == before


def test_publishing_without_an_address_means_loopback(rig: Rig) -> None:  # F-04
    listing = sh(
        rig,
        "docker inspect --format '{{json .HostConfig.PortBindings}}{{json .NetworkSettings.Ports}}' $(docker ps -q)",
    )
    assert f'"HostIp":"127.0.0.1","HostPort":"{PORT + 1}"' in listing
