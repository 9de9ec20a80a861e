"""A container published to the whole world by mistake is reached by nobody outside, whatever happens to the host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from slipway.rig import Rig

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

PREPARED = True
PLAYBOOK = "tests/e2e/playbooks/doors.yml"
APPS = [{"name": "shop", "domains": ["app.test"], "exposure": "public", "build": "app"}]
INPUTS = ["--extra-vars", json.dumps({"slipway_apps": APPS})]
PORT = 18080
BRIDGE = "10.199.0.0/16"  # docker_address_pools
# A bridge with a name of its own, on networks that are not from the pools.
OWN = "172.31.77.0/24"
OWN6 = "fd00:dead:bee0::/64"
CANARY = f"""set -eu
apt-get install -qq -y --no-install-recommends busybox-static >/dev/null
tar --create --directory /usr/bin busybox | docker import - canary >/dev/null
canary() {{ docker run --detach --restart always "$@" canary /busybox httpd -f -p 80; }}
canary --publish 0.0.0.0:{PORT}:80 --publish [::]:{PORT}:80
canary --publish {PORT + 1}:80
docker network create --opt com.docker.network.bridge.name=web0 --subnet {OWN} --ipv6 --subnet {OWN6} own
canary --network own --name world --publish 0.0.0.0:{PORT + 2}:80 --publish [::]:{PORT + 2}:80
canary --network own --name loopback --publish 127.0.0.1:{PORT + 3}:80
canary --network own --name unpublished
"""
CONTAINERS = 5
ADDRESSES = (
    "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}' "
    "$(docker ps --quiet)"
)


def sh(rig: Rig, script: str) -> str:
    """Run a script on the host."""
    done = rig.host("web1").exec(["sh", "-c", script])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def reboot(rig: Rig) -> None:
    """Restart the host and wait until everything that starts at boot has."""
    rig.host("web1").restart()
    sh(rig, "systemctl is-system-running --wait; systemctl start docker.service")


def ways(rig: Rig) -> list[str]:
    """Return what an attacker would try: each published port, and each container by its own address."""
    web = rig.host("web1")
    inside = sh(rig, ADDRESSES).split()
    assert len([one for one in inside if ip_address(one) in ip_network(BRIDGE)]) == 2
    assert len([one for one in inside if ip_address(one) in ip_network(OWN)]) == 3
    assert len([one for one in inside if ip_address(one) in ip_network(OWN6)]) == 3
    ports = range(PORT, PORT + 4)
    published = [f"{address}:{port}" for address in (web.address, f"[{web.address6}]") for port in ports]
    return published + [f"[{one}]:80" if ":" in one else f"{one}:80" for one in inside]


def reached(rig: Rig) -> list[str]:
    """Return the ways by which the visitor got an answer."""
    tried = ways(rig)
    with ThreadPoolExecutor(len(tried)) as pool:
        codes = pool.map(lambda way: rig.visitor.curl(f"http://{way}/", "--max-time", "3").returncode, tried)
    return [way for way, code in zip(tried, codes, strict=True) if code == 0]


@pytest.fixture(scope="module", autouse=True)
def _canary(rig: Rig) -> None:
    rig.play(PLAYBOOK, *INPUTS).check()
    sh(rig, CANARY)
    # A neighbour who knows the way to the containers.
    web = rig.host("web1")
    for network, gateway in ((BRIDGE, web.address), (OWN, web.address), (OWN6, str(web.address6))):
        rig.visitor.exec(["ip", "route", "add", network, "via", gateway], check=True)


EVENTS: dict[str, Callable[[Rig], object]] = {
    "as published": lambda rig: sh(rig, "docker ps"),
    "after a restart of the engine": lambda rig: sh(rig, "systemctl restart docker.service"),
    "after a reload of the firewall": lambda rig: sh(rig, "systemctl reload slipway-firewall.service"),
    "after a second converge": lambda rig: rig.play(PLAYBOOK, *INPUTS).check(),
    "after a reboot": reboot,
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))
def test_nobody_outside_reaches_it(rig: Rig, event: Callable[[Rig], object]) -> None:  # F-02 F-05 F-06 F-07 F-09
    event(rig)
    assert sh(rig, "docker ps --quiet | wc -l").strip() == str(CONTAINERS)
    # They are there: the host itself reaches each by its address.
    for address in sh(rig, ADDRESSES).split():
        sh(rig, f"timeout 5 bash -c '</dev/tcp/{address}/80'")
    assert reached(rig) == [], sh(rig, "nft list ruleset")


WALLS = {
    "the table": "for family in iptables ip6tables; do $family --flush SLIPWAY; done",
    "Docker's own place": "nft delete table inet slipway",
}


@pytest.mark.parametrize("fall", WALLS.values(), ids=list(WALLS))
def test_each_wall_holds_alone(rig: Rig, fall: str) -> None:  # F-02 F-05 F-07
    # Without the table the host's own ports are open, the neighbours' way into the engine's networks is not.
    sh(rig, f"{fall}; iptables --policy FORWARD ACCEPT")
    found = reached(rig)
    sh(rig, "systemctl reload slipway-firewall.service")
    assert found == []


def test_without_both_walls_all_of_it_would_be_reached(rig: Rig) -> None:
    sh(rig, "; ".join(WALLS.values()))
    found = reached(rig)
    sh(rig, "systemctl reload slipway-firewall.service")
    assert f"{rig.host('web1').address}:{PORT + 2}" in found
    assert len([way for way in found if way.startswith(("172.31.77.", "[fd00:dead:bee0:"))]) == 6, found


def test_the_doctor_names_what_can_be_reached(rig: Rig, tmp_path: Path) -> None:
    sh(rig, "nft flush chain inet slipway forward; nft delete chain inet slipway forward")
    inputs = {"slipway_apps": APPS, "doctor_folder": str(tmp_path)}
    rig.play("playbooks/doctor.yml", "--extra-vars", json.dumps(inputs)).check()
    sh(rig, "systemctl reload slipway-firewall.service")
    found = {finding["code"]: finding["what"] for finding in json.loads((tmp_path / "web1.json").read_text())}
    assert "in table `inet slipway`, `chain forward {` is missing" in found["FIREWALL_CHANGED"]
    assert "can be reached at 172.31.77." in found["CONTAINER_EXPOSED"]


def test_rules_are_the_same_after_a_reboot(rig: Rig) -> None:  # F-09
    own = "nft --stateless --terse list table inet slipway; iptables -S DOCKER-USER; ip6tables -S DOCKER-USER"
    before = sh(rig, own)
    reboot(rig)
    assert sh(rig, own) == before


def test_publishing_without_an_address_means_loopback(rig: Rig) -> None:  # F-04
    listing = sh(
        rig,
        "docker inspect --format '{{json .HostConfig.PortBindings}}{{json .NetworkSettings.Ports}}' $(docker ps -q)",
    )
    assert f'"HostIp":"127.0.0.1","HostPort":"{PORT + 1}"' in listing


METADATA = ("169.254.169.254", "fd00:ec2::254")
# Answers every question with 192.0.2.7, as the resolver beside a provider's metadata service does.
RESOLVER = """
import socketserver, struct, sys
def answer(query):
    question = query[12 : query.index(b"\\0", 12) + 5]
    head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
    return head + question + b"\\xc0\\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 7)
class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(answer(self.request[0]), self.client_address)
socketserver.UDPServer.address_family = 10
socketserver.UDPServer((sys.argv[1], 53), Udp).serve_forever()
"""


def ask(rig: Rig, container: str, *command: str) -> bool:
    """Tell whether a program of busybox succeeds in a container."""
    return rig.host("web1").exec(["docker", "exec", container, "/busybox", *command]).returncode == 0


def opens(rig: Rig, container: str, addresses: Iterable[str], port: int) -> list[str]:
    """Return the addresses where a container gets a connection."""
    return [one for one in addresses if ask(rig, container, "nc", "-w", "1", one, str(port), "-e", "/busybox", "true")]


@pytest.fixture(scope="module")
def _cloud(rig: Rig) -> None:
    web, visitor = rig.host("web1"), rig.visitor
    visitor.put({"/resolver.py": RESOLVER})
    resolvers = [f"/resolver.py {address if ':' in address else f'::ffff:{address}'}" for address in METADATA]
    for address, gateway in zip(METADATA, (visitor.address, visitor.address6), strict=True):
        visitor.exec(["ip", "address", "add", address, "dev", "lo"], check=True)
        web.exec(["ip", "route", "add", address, "via", str(gateway)], check=True)
    for script in (*resolvers, "-m http.server 80 --bind ::"):
        visitor.exec(["sh", "-c", f"python3 {script} >/dev/null 2>&1 &"], check=True)
    sh(rig, "systemd-run --collect python3 -m http.server --bind :: 443")
    for address in (*METADATA, visitor.address):
        sh(rig, f"for i in 1 2 3 4 5; do timeout 5 bash -c '</dev/tcp/{address}/80' && exit 0; sleep 1; done; exit 1")


@pytest.mark.usefixtures("_cloud")
@pytest.mark.parametrize("container", ["world", "first"])
def test_containers_resolve_names_and_get_no_credentials(rig: Rig, container: str) -> None:  # F-07
    if container == "first":
        container = sh(rig, "docker ps --quiet --filter network=bridge | head -1").strip()
    for address in METADATA if container == "world" else METADATA[:1]:
        assert ask(rig, container, "nslookup", "-type=a", "names.test", address), address
    assert opens(rig, container, METADATA, 80) == []
    assert opens(rig, container, [rig.visitor.address], 80) == [rig.visitor.address]


@pytest.mark.usefixtures("_cloud")
def test_containers_reach_the_web_ports_of_the_host_and_not_its_sshd(rig: Rig) -> None:  # F-07
    web = rig.host("web1")
    gateways = ["172.31.77.1", "fd00:dead:bee0::1", "10.199.0.1"]
    addresses = [web.address, str(web.address6), *gateways]
    assert opens(rig, "world", addresses, 22) == []
    assert opens(rig, "world", addresses[:4], 443) == addresses[:4]


@pytest.mark.usefixtures("_cloud")
def test_containers_reach_each_other_and_the_outside(rig: Rig) -> None:
    inside = sh(rig, ADDRESSES.replace("$(docker ps --quiet)", "unpublished")).split()
    assert len(inside) == 2
    assert opens(rig, "world", inside, 80) == inside
    outside = [rig.visitor.address, str(rig.visitor.address6)]
    assert opens(rig, "world", outside, 80) == outside
