"""What the doctor and `verify` say of the firewall, and of containers that it does not cover."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor import walls


def attached(bridge: str, driver: str = "bridge") -> dict[str, object]:
    place = {"name": "box-blue", "network": "shop", "addresses": ["172.31.77.2", "fd00::2"]}
    return {**place, "driver": driver, "bridge": bridge}


def told(*containers: dict[str, object], **rules: object) -> list[tuple[str, str]]:
    """Return the findings about a host whose firewall is as declared but for these."""
    good = {"loaded": True, "declared": True, "table": {}, "docker_user": {}}
    found = [*walls.firewall("web1", {**good, **rules}), *walls.exposed("web1", {**good, **rules}, containers)]
    assert all(finding.where and finding.command for finding in found)
    return [(finding.code, finding.what) for finding in found]


def test_behind_the_firewall_any_name_of_a_bridge_will_do() -> None:
    assert told(attached("web0"), attached(""), attached("docker0")) == []


REACHABLE = "Container box-blue can be reached at 172.31.77.2, fd00::2: only `inet slipway` closes bridge web0."
OFF = "The firewall of web1 is off: the table `inet slipway` is not loaded."
GONE = "The firewall of web1 was changed: in table `inet slipway`, `counter drop` is missing."
ADDED = "The firewall of web1 was changed: in table `inet slipway`, `accept` is foreign."


@pytest.mark.parametrize(
    ("rules", "code", "message"),
    [
        ({"loaded": False, "table": {"missing": ["counter drop"], "foreign": []}}, "FIREWALL_OFF", OFF),
        ({"table": {"missing": ["counter drop"], "foreign": []}}, "FIREWALL_CHANGED", GONE),
        ({"table": {"missing": [], "foreign": ["accept"]}}, "FIREWALL_CHANGED", ADDED),
    ],
    ids=["off", "rule gone", "rule added"],
)
def test_without_the_table_a_bridge_with_a_name_of_its_own_is_open(
    rules: dict[str, object], code: str, message: str
) -> None:
    found = told(attached("web0"), attached(""), attached("docker0"), **rules)
    assert found == [(code, message), ("CONTAINER_EXPOSED", REACHABLE)]


def test_rules_that_are_gone_from_dockers_own_place_are_missed() -> None:
    changed = {"missing": ["-A SLIPWAY -i eth0 -j DROP", "the jumps"], "foreign": ["-A SLIPWAY -j ACCEPT"]}
    what = (
        "The firewall of web1 was changed: in chain `DOCKER-USER` of iptables and ip6tables, "
        "`-A SLIPWAY -i eth0 -j DROP` is missing, and 2 more."
    )
    assert told(attached("web0"), docker_user=changed) == [("FIREWALL_CHANGED", what)]


def test_a_container_on_the_network_of_the_host_is_behind_no_firewall() -> None:
    what = "Container box-blue is on network shop (macvlan), at 172.31.77.2, fd00::2: no rule of web1 filters it."
    assert told(attached("", "macvlan")) == [("CONTAINER_EXPOSED", what)]
