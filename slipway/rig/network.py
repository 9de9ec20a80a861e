"""The private network of one rig: a free IPv4 /24 and, where kernel and engine can, an IPv6 ULA /64."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError
from docker.models.networks import Network as EngineNetwork
from docker.types import IPAMConfig, IPAMPool

from slipway.rig.errors import RigError

# Docker's own networks lie in 172.16/12 and 192.168/16, those of the kit's hosts in 10.199/16: stay out of all.
POOL = ipaddress.IPv4Network("10.208.0.0/12")
FIRST_ADDRESS = 10
ATTEMPTS = 8


@dataclass(frozen=True)
class Network:
    """A network that exists, with the subnets it got."""

    name: str
    ipv4: ipaddress.IPv4Network
    ipv6: ipaddress.IPv6Network | None

    def addresses(self) -> Iterator[tuple[str, str | None]]:
        """Yield fixed addresses for members, so that they keep them over a restart."""
        for number in range(FIRST_ADDRESS, 250):
            yield str(self.ipv4[number]), str(self.ipv6[number]) if self.ipv6 else None


def create(client: docker.DockerClient, name: str, labels: Mapping[str, str]) -> Network:
    """Create the network, on a subnet that nothing on this machine uses."""
    taken = list(routes(Path("/proc/net/route").read_text()))
    with_ipv6 = Path("/proc/net/if_inet6").exists()
    problem: APIError | None = None
    for _ in range(ATTEMPTS):
        ipv4, ipv6 = free_ipv4(taken), random_ula() if with_ipv6 else None
        try:
            _create(client, name, labels, ipv4, ipv6)
        except APIError as error:  # overlap with another rig's network, or an engine without IPv6
            problem = error
            with_ipv6 = with_ipv6 and "ipv6" not in str(error).lower()
        else:
            return Network(name, ipv4, ipv6)
    raise RigError(f"The engine refused {ATTEMPTS} networks in a row, the last one saying: {problem}")


def _create(
    client: docker.DockerClient,
    name: str,
    labels: Mapping[str, str],
    ipv4: ipaddress.IPv4Network,
    ipv6: ipaddress.IPv6Network | None,
) -> EngineNetwork:
    pools = [IPAMPool(subnet=str(subnet)) for subnet in (ipv4, ipv6) if subnet]
    return client.networks.create(
        name,
        driver="bridge",
        labels=dict(labels),
        enable_ipv6=ipv6 is not None,
        ipam=IPAMConfig(pool_configs=pools),
    )


def free_ipv4(taken: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """Return a random /24 of the pool that overlaps with none of `taken`."""
    used = [network for network in taken if network.prefixlen]  # the default route overlaps with all
    for _ in range(1000):
        candidate = ipaddress.IPv4Network((int(POOL.network_address) + (secrets.randbelow(2**12) << 8), 24))
        if not any(candidate.overlaps(network) for network in used):
            return candidate
    raise RigError(f"No free /24 was found in {POOL}; `ip route` shows what takes it.")


def random_ula() -> ipaddress.IPv6Network:
    """Return a random /64 of the unique local addresses (RFC 4193, section 3.2.1)."""
    return ipaddress.IPv6Network(((0xFD << 120) | (secrets.randbits(56) << 64), 64))


def routes(table: str) -> Iterator[ipaddress.IPv4Network]:
    """Yield the destinations of /proc/net/route, whose addresses are little-endian hexadecimal."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        destination, mask = (int.from_bytes(bytes.fromhex(fields[i]), "little") for i in (1, 7))
        yield ipaddress.IPv4Network((destination, mask.bit_count()))
