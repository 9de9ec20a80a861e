"""Which TCP ports answer from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from ansible_collections.slipway.kit.plugins.module_utils.doctor.loopback import is_loopback

Tree = Mapping[str, object]

# Longer than a round trip around the world; a firewall that drops costs this once, since all are tried at a time.
TIMEOUT_S = 1.0
# What is found open on hosts by mistake most often: mail, databases, caches, panels, engines, metrics.
WELL_KNOWN = frozenset(
    {21, 23, 25, 53, 80, 110, 111, 143, 443, 445, 2019, 2375, 2376, 2377, 3000, 3306, 3389, 4243, 5000, 5432, 5672}
    | {5900, 6379, 7946, 8000, 8080, 8081, 8443, 8888, 9000, 9090, 9200, 10250, 11211, 15672, 27017}
)


def candidates(listeners: Iterable[Tree], published: Iterable[Tree]) -> dict[int, str]:
    """Map each TCP port worth trying to whoever holds it on the host, empty for a mere guess."""
    found = dict.fromkeys(sorted(WELL_KNOWN), "")
    for one in listeners:
        if one["protocol"] == "tcp" and not is_loopback(str(one["address"])):
            found[int(str(one["port"]))] = str(one["program"])
    for one in published:
        if one["protocol"] == "tcp" and not is_loopback(str(one["address"])):
            found[int(str(one["port"]))] = f"container {one['name']}"
    return found


def answering(address: str, ports: Iterable[int]) -> list[int]:
    """Return the ports of `address` that accept a connection, all tried at the same time."""

    async def scan() -> list[int]:
        tried = sorted(set(ports))
        answers = await asyncio.gather(*(_accepts(address, port) for port in tried))
        return [port for port, answer in zip(tried, answers, strict=True) if answer]

    return asyncio.run(scan())


async def _accepts(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), TIMEOUT_S)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
