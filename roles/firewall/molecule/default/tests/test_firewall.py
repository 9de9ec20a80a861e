"""What role firewall promises, seen from outside."""

from __future__ import annotations

from testinfra.host import Host

from slipway.rig import Rig
from slipway.rig.host import Host as RigHost
from slipway.rig.visitor import Visitor


def listening(host: Host, port: int) -> None:
    """Have somebody answer on a port of all addresses."""
    host.run_expect([0], f"systemd-run --unit=listener-{port} --collect python3 -m http.server --bind :: {port}")


def test_only_what_is_declared_answers(host: Host, rig: Rig, visitor: Visitor) -> None:  # F-01
    for port in (80, 443, 8080):
        listening(host, port)
    web = rig.host("web1")
    for address in (["-4", web.address], ["-6", str(web.address6)]):
        scan = visitor.exec(["nmap", "-Pn", "-p", "22,80,443,8080", "--open", "-oG", "-", *address]).stdout
        assert {part.split("/")[0].split()[-1] for part in scan.split(",") if "/open/" in part} == {
            "22",
            "80",
            "443",
        }, scan


def test_the_rules_load_at_boot(host: Host) -> None:  # F-09
    unit = host.service("slipway-firewall.service")
    assert unit.is_enabled
    assert unit.is_running
    assert "sysinit.target.wants" in host.run("find /etc/systemd/system -name slipway-firewall.service").stdout


def test_a_stranger_to_the_table_is_left_alone(host: Host) -> None:
    host.run_expect([0], "nft add table inet foreign")
    host.run_expect([0], "systemctl reload slipway-firewall.service")
    assert "table inet foreign" in host.run("nft list tables").stdout
    host.run_expect([0], "nft delete table inet foreign")


def test_dockers_own_place_closes_published_ports(host: Host) -> None:  # F-05
    for program in ("iptables", "ip6tables"):
        assert "-A DOCKER-USER -j SLIPWAY" in host.run_expect([0], f"{program} -S DOCKER-USER").stdout
        assert "-A SLIPWAY -o docker+ -j DROP" in host.run_expect([0], f"{program} -S SLIPWAY").stdout


def test_a_reload_does_not_add_the_same_jump_twice(host: Host) -> None:
    host.run_expect([0], "systemctl reload slipway-firewall.service")
    assert host.run("iptables -S DOCKER-USER").stdout.count("-j SLIPWAY") == 1


def test_the_unit_is_confined(host: Host) -> None:  # O-11
    verdict = host.run("systemd-analyze security --no-pager --threshold=40 slipway-firewall.service")
    assert verdict.rc == 0, verdict.stdout


ATTEMPTS = 45  # more than firewall_ssh_per_minute, and than what a quarter of a minute gives back
# Connects to sshd from each address in turn; prints how many connections there were.
KNOCK = """
import socket, sys
target, *sources = sys.argv[1:]
opened = 0
for source in sources:
    with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET) as knock:
        knock.settimeout(0.3)
        knock.bind((source, 0))
        opened += knock.connect_ex((target, 22)) == 0
print(opened)
"""
# Takes the places that are left in a set of sources, as a flood with false senders does.
FILL = """
import json, subprocess, sys
name, form = sys.argv[1:]
listed = subprocess.run(["nft", "-j", "list", "set", "inet", "slipway", name], capture_output=True, check=True).stdout
(there,) = [one["set"] for one in json.loads(listed)["nftables"] if "set" in one]
left = range(there["size"] - len(there.get("elem", [])))
places = ",".join(form.format(number >> 8, number & 255) + " timeout 10m" for number in left)
rules = f"add element inet slipway {name} {{ {places} }}"
subprocess.run(["nft", "--file", "-"], input=rules, text=True, check=True)
"""
FLOODS = {4: "11.0.{}.{}", 6: "2001:db8:{:x}:{:x}::"}


def knock(visitor: Visitor, target: str, sources: list[str]) -> int:
    """Return how many connections to sshd the visitor gets, one from each of its addresses."""
    for source in set(sources) - {visitor.address, visitor.address6}:
        flags = ["nodad"] if ":" in source else []
        visitor.exec(["ip", "address", "replace", source, "dev", "eth0", *flags], check=True)
    return int(visitor.exec(["python3", "-c", KNOCK, target, *sources], check=True).stdout)


def neighbours(address: str) -> list[str]:
    """Return other addresses of the visitor's network, each as often as one source may."""
    beside = f"{address.rsplit(':', 1)[0]}:f00" if ":" in address else f"{address.rsplit('.', 1)[0]}.20"
    return [f"{beside}{number % 3}" for number in range(ATTEMPTS)]


def forget(web: RigHost) -> None:
    """Empty the sets of sources; not over SSH, whose connections count too."""
    web.exec(["systemctl", "reload", "slipway-firewall.service"], check=True)


def flood(web: RigHost) -> None:
    """Fill the sets of sources."""
    for family, form in FLOODS.items():
        for name in ("sources", "known"):
            web.exec(["python3", "-c", FILL, f"ssh_{name}_v{family}", form], check=True)


def test_ssh_is_limited_by_networks_of_64_bits(rig: Rig, visitor: Visitor) -> None:
    web = rig.host("web1")
    forget(web)
    assert knock(visitor, str(web.address6), neighbours(str(visitor.address6))) < ATTEMPTS
    assert knock(visitor, web.address, neighbours(visitor.address)) == ATTEMPTS


def test_a_flood_of_sources_opens_nothing_and_shuts_out_nobody_known(rig: Rig, visitor: Visitor) -> None:
    web = rig.host("web1")
    forget(web)
    for target, source in ((web.address, visitor.address), (str(web.address6), str(visitor.address6))):
        assert knock(visitor, target, [source]) == 1
    flood(web)
    strangers = knock(visitor, web.address, neighbours(visitor.address))
    assert 0 < strangers < ATTEMPTS
    assert knock(visitor, web.address, [visitor.address] * 5) == 5
    assert knock(visitor, str(web.address6), [str(visitor.address6)] * 5) == 5
    forget(web)
