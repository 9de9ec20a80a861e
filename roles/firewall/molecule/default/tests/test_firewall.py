"""What role firewall promises, seen from outside."""

from __future__ import annotations

from testinfra.host import Host

from tests.rig import Rig
from tests.rig.visitor import Visitor


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
