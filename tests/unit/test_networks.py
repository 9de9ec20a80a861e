"""Filters about networks: families apart, addresses found, nonsense refused with its value."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.slipway.kit.plugins.filter.networks import hold_address, of_family

MIXED = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"]


def test_families_are_told_apart() -> None:
    assert of_family(MIXED, 4) == ["10.0.0.0/8", "192.0.2.7"]
    assert of_family(MIXED, 6) == ["fd00::/8"]


@pytest.mark.parametrize(
    ("address", "held"),
    [("10.1.2.3", True), ("11.1.2.3", False), ("fd12::1", True), ("fe80::1%eth0", False), ("192.0.2.7", True)],
)
def test_an_address_is_found_in_its_network(address: str, *, held: bool) -> None:
    assert hold_address(MIXED, address) is held


@pytest.mark.parametrize("network", ["10.0.0.1/8", "office", "10.0.0.0/33", ""])
def test_what_is_no_network_is_refused(network: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"{network!r} is no network in CIDR form"):
        of_family([network], 4)
