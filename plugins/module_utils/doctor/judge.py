"""All checks over one host's report, in the order of a reader's interest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import cast

from ..findings.finding import Finding
from . import apps, copies, exposure, machine, proofs, walls

Tree = Mapping[str, object]


def judge(
    host: str,
    told: Mapping[str, Tree],
    names: Iterable[str],
    declared: set[tuple[str, int]],
    allowed: Iterable[str] = (),
) -> list[Finding]:
    """Return what is wrong with a host by its own report.

    Args:
        host: name in the inventory.
        told: topics of the host's report.
        names: of the declared apps.
        declared: (protocol, port) that may listen on more than loopback.
        allowed: settings of the engine that the inventory turns off on purpose.
    """
    upkeep, guards = told["upkeep"], told["guards"]
    return [
        *machine.disks(host, told["system"]),
        *machine.memory(host, told["system"]),
        *machine.units(host, upkeep),
        *machine.updates(host, upkeep),
        *machine.package_lists(host, upkeep, time.time()),
        *walls.firewall(host, told["firewall"]),
        *walls.exposed(host, told["firewall"], cast("list[Tree]", told["published"]["attached"])),
        *exposure.sockets(host, cast("list[Tree]", told["sockets"]["listeners"]), declared),
        *exposure.published(host, cast("list[Tree]", told["published"]["ports"])),
        *exposure.logins(host, guards),
        *exposure.secrets(host, guards),
        *exposure.engine(host, guards, allowed),
        *apps.containers(host, names, told["releases"], told["containers"]),
        *apps.leases(cast("list[Tree]", told["leases"]["held"])),
        *apps.maintenance(host, told["releases"]),
        *copies.old(host, told["copies"]),
        *proofs.unproved(host, told["copies"]),
    ]
