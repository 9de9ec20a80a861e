"""Filters about networks: families apart, nonsense refused with its value."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.slipway.kit.plugins.filter.networks import of_family

MIXED = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"]


def test_families_are_told_apart() -> None:
    assert of_family(MIXED, 4) == ["10.0.0.0/8", "192.0.2.7"]
    assert of_family(MIXED, 6) == ["fd00::/8"]


@pytest.mark.parametrize("network", ["10.0.0.1/8", "office", "10.0.0.0/33", ""])
def test_what_is_no_network_is_refused(network: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"{network!r} is not a network in CIDR form"):
        of_family([network], 4)
