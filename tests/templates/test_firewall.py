"""What the firewall's template opens for which exposure; the host's own nft checks each file before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).resolve().parents[2] / "roles/firewall"
OPEN_TO_ALL = ["tcp dport { 80, 443 } accept", "udp dport 443 accept"]
LAN = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10"
LAN6 = "fc00::/7, fe80::/10"
OPEN_TO_LAN = [
    f"ip saddr {{ {LAN} }} tcp dport {{ 80, 443 }} accept",
    f"ip6 saddr {{ {LAN6} }} tcp dport {{ 80, 443 }} accept",
    f"ip saddr {{ {LAN} }} udp dport 443 accept",
    f"ip6 saddr {{ {LAN6} }} udp dport 443 accept",
]


def trusted(tree: object) -> Any:
    """Return a YAML tree whose texts may hold templates, as those of a role's files do."""
    if isinstance(tree, dict):
        return {key: trusted(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [trusted(item) for item in tree]
    return trust_as_template(tree) if isinstance(tree, str) else tree


def render(*exposures: str, template: str = "slipway.nft.j2", **inputs: object) -> list[str]:
    """Return the rules for apps with these exposures, without indentation."""
    apps = [
        {"name": f"app{i}", "domains": [f"a{i}.test"], "exposure": exposure, "build": "x"}
        for i, exposure in enumerate(exposures)
    ]
    files = [yaml.safe_load((ROLE / name).read_text()) for name in ("defaults/main.yml", "vars/main.yml")]
    variables = {**trusted(files[0]), **trusted(files[1]), "slipway_apps": apps, **inputs}
    templar = Templar(loader=DataLoader(), variables=variables)
    lookup = f"{{{{ lookup('template', '{ROLE}/templates/{template}') }}}}"
    return [line.strip() for line in cast(str, templar.template(trust_as_template(lookup))).splitlines()]


@pytest.mark.parametrize(
    ("exposures", "opened"),
    [
        (("public",), OPEN_TO_ALL),
        (("lan",), OPEN_TO_LAN),
        (("tunnel", "private"), []),
        ((), []),
        (("lan", "public"), OPEN_TO_ALL),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_the_web_ports_follow_the_exposures(exposures: tuple[str, ...], opened: list[str]) -> None:
    assert [rule for rule in render(*exposures) if "443" in rule] == opened


def test_what_another_project_has_on_the_host_stays_reachable() -> None:
    entry = {"app": "shop", "project": "theirs", "inventory": "live", "exposure": "public", "names": ["shop.test"]}
    local = {"shop": {**entry, "ports": [], "mirror": False, "since": 1.0}}
    facts: dict[str, Any] = {"ansible_facts": {"ansible_local": local}, "ansible_inventory_sources": ["hosts"]}
    for project, opened in (("ours", OPEN_TO_ALL), ("theirs", [])):
        rules = render("private", slipway_project=project, **facts)
        assert [rule for rule in rules if "443" in rule] == opened


def test_everything_else_is_dropped() -> None:
    rules = render("public")
    assert "type filter hook input priority filter; policy drop;" in rules
    assert [rule for rule in rules if rule.startswith("tcp dport") and "accept" in rule] == OPEN_TO_ALL[:1]


def test_ssh_can_be_kept_to_networks() -> None:
    rules = render("public", firewall_ssh_networks=["192.0.2.0/24", "2001:db8::/32"], firewall_ssh_ports=[22, 2222])
    assert "tcp dport { 22, 2222 } jump ssh" in rules
    assert "ip saddr { 192.0.2.0/24 } meta l4proto tcp accept" in rules
    assert "ip6 saddr { 2001:db8::/32 } meta l4proto tcp accept" in rules
    assert "meta l4proto tcp accept" not in rules


def test_an_opening_is_for_its_networks_only() -> None:
    opening = {"port": 9100, "protocol": "tcp", "networks": ["198.51.100.7/32"]}
    rules = render("private", firewall_openings=[opening, {"port": 51820, "protocol": "udp"}])
    assert "ip saddr { 198.51.100.7/32 } tcp dport 9100 accept" in rules
    assert "udp dport 51820 accept" in rules
    assert "tcp dport 9100 accept" not in rules


def test_other_tables_are_not_touched() -> None:
    assert [rule for rule in render("public") if rule.startswith(("delete", "destroy", "flush"))] == [
        "delete table inet slipway"
    ]


def chain(name: str, rules: list[str]) -> list[str]:
    """Return the lines of a chain, comments left out."""
    start = rules.index(f"chain {name} {{") + 1
    return [rule for rule in rules[start : rules.index("}", start)] if not rule.startswith("#")]


UPLINK = {"default_ipv4": {"interface": "eth0"}, "default_ipv6": {"interface": "br0"}}
INSIDE = 'meta iifkind "bridge" iifname != { "br0", "eth0" }'


def test_what_is_forwarded_is_dropped_unless_it_comes_from_a_bridge() -> None:  # F-07
    assert chain("forward", render("public", ansible_facts=UPLINK)) == [
        "type filter hook forward priority filter - 10; policy drop;",
        "ct state established,related accept",
        f'{INSIDE} meta oifkind "bridge" oifname != {{ "br0", "eth0" }} accept',
        f"{INSIDE} jump not_for_containers",
        f"{INSIDE} accept",
        'iifname "br0" oifname "br0" meta iifkind "bridge" accept',
        'iifname "eth0" oifname "eth0" meta iifkind "bridge" accept',
        "counter drop",
    ]


def test_a_bridge_that_leads_outside_is_no_network_of_containers() -> None:
    rules = render("public", ansible_facts=UPLINK, firewall_outside_interfaces=["br1"])
    assert 'meta iifkind "bridge" iifname != { "br0", "br1", "eth0" } accept' in rules
    script = render(template="slipway-docker-user.j2", firewall_outside_interfaces=["br1"])
    assert script.index("-A SLIPWAY -i br1 -j DROP") < script.index("-A SLIPWAY -i br-+ -j RETURN")


def test_no_kind_is_compared_with_is_not() -> None:
    """A network card has no kind: the kernel then takes the rule as not matching, whatever it asks."""
    assert [rule for rule in render("public") if "kind !=" in rule] == []


def test_a_host_may_forward_for_others() -> None:
    ways = [{"from": "wg*", "to": "eth0", "networks": ["10.8.0.0/24"]}, {"from": "tun0", "to": "web0"}]
    rules = render("public", firewall_forwarding=ways)
    assert 'ip saddr { 10.8.0.0/24 } iifname "wg*" oifname "eth0" accept' in chain("forward", rules)
    assert 'iifname "tun0" oifname "web0" accept' in chain("forward", rules)
    before = chain("outside_is_not_inside", rules)
    assert before.index('iifname "tun0" accept') < before.index("ip daddr { 10.199.0.0/16 } counter drop")
    script = render(template="slipway-docker-user.j2", firewall_forwarding=ways)
    assert script.count("-A SLIPWAY -s 10.8.0.0/24 -i wg+ -o eth0 -j RETURN") == 1
    assert script.count("-A SLIPWAY -i tun0 -o web0 -j RETURN") == 2


def test_containers_are_kept_from_sshd_and_the_metadata_service() -> None:  # F-07
    rules = render("public", firewall_ssh_ports=[22, 2222])
    inside = 'meta iifkind "bridge"'
    assert f"{inside} tcp dport {{ 22, 2222 }} counter drop" in chain("input", rules)
    assert f"{inside} jump not_for_containers" in chain("input", rules)
    assert chain("not_for_containers", rules) == [
        "meta l4proto { tcp, udp } th dport 53 return",
        "ip daddr { 169.254.0.0/16, 100.100.100.200/32, 168.63.129.16/32, 192.0.0.192/32 } counter drop",
        "ip6 daddr { fd00:ec2::254/128, fd20:ce::254/128, fe80::/10 } counter drop",
    ]


def test_containers_reach_both_where_that_is_declared() -> None:
    rules = render("public", firewall_container_ssh_enabled=True, firewall_container_refused_networks=[])
    assert [rule for rule in chain("input", rules) if "bridge" in rule and "dport" in rule] == []
    assert chain("not_for_containers", rules) == ["meta l4proto { tcp, udp } th dport 53 return"]
