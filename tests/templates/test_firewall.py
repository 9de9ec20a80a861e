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


def render(*exposures: str, **inputs: object) -> list[str]:
    """Return the rules for apps with these exposures, without indentation."""
    apps = [
        {"name": f"app{i}", "domains": [f"a{i}.test"], "exposure": exposure, "build": "x"}
        for i, exposure in enumerate(exposures)
    ]
    files = [yaml.safe_load((ROLE / name).read_text()) for name in ("defaults/main.yml", "vars/main.yml")]
    variables = {**trusted(files[0]), **trusted(files[1]), "slipway_apps": apps, **inputs}
    templar = Templar(loader=DataLoader(), variables=variables)
    lookup = f"{{{{ lookup('template', '{ROLE}/templates/slipway.nft.j2') }}}}"
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
