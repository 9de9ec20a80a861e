"""What a look reads: the doctor's own topics, of which the costly parts are remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from ..hostreport import (
    certificates,
    containers,
    copies,
    data,
    firewall,
    guards,
    leases,
    published,
    releases,
    sockets,
    system,
    upkeep,
)
from .config import Config
from .memory import Memory

HOUR_S = 3600.0
TOPICS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "certificates": certificates.read,
    "containers": containers.read,
    "copies": copies.read,
    "guards": guards.read,
    "leases": leases.read,
    "published": published.read,
    "releases": releases.read,
    "sockets": sockets.read,
    "system": system.read,
}


def read(config: Config, memory: Memory, now: float) -> dict[str, Mapping[str, Any]]:
    """Return the host's report; what apt knows and what apps keep is asked once per hour, since it costs most."""
    slow = memory.slow
    if not 0 <= now - float(slow.get("at", 0.0)) < HOUR_S:
        limited = [str(app["data_dir"]) for app in config.apps if app["data_limit_mib"]]
        memory.slow = slow = {
            "at": now,
            "security_updates": upkeep.pending(),
            "measured": {path: data.measure(path) for path in limited},
        }
    report: dict[str, Mapping[str, Any]] = {name: topic() for name, topic in TOPICS.items()}
    report["upkeep"] = upkeep.read(lambda: slow["security_updates"])
    report["firewall"] = _walls(memory)
    return report


def _walls(memory: Memory) -> Mapping[str, Any]:
    """Return the topic `firewall`; what is declared is loaded again where its files changed, or where it differs."""
    files = [path.read_bytes() if path.is_file() else b"" for path in (firewall.RULES, firewall.SCRIPT)]
    key = hashlib.sha256(b"\0".join(files)).hexdigest()
    known = memory.walls.get("listings", {}) if memory.walls.get("key") == key else {}
    told = _compared(known)
    if (told["table"] or told["docker_user"]) and memory.walls.get("key") == key:
        known = {}  # another version of nft may write the same in other words
        told = _compared(known)
    memory.walls = {"key": key, "listings": known}
    return told


def _compared(known: dict[str, str]) -> Mapping[str, Any]:
    def declared(listing: str) -> str:
        if listing not in known:
            known[listing] = firewall.as_declared(listing)
        return known[listing]

    return firewall.read(declared)
