"""Filter about IP networks: `of_family`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from ansible.errors import AnsibleFilterError


def parse(network: str) -> IPv4Network | IPv6Network:
    """Return the network; host bits must be zero, as nftables would drop them in silence."""
    try:
        return ip_network(network)
    except ValueError as error:
        raise AnsibleFilterError(
            f"{network!r} is not a network in CIDR form such as 203.0.113.0/24: {error}"
        ) from error


def of_family(networks: Iterable[str], version: int) -> list[str]:
    """Return the networks of IP version 4 or 6, in their order."""
    return [network for network in networks if parse(network).version == version]


class FilterModule:
    """Filters about IP networks."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {"of_family": of_family}
