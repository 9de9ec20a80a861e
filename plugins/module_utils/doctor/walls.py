"""What stands between containers and the outside: the firewall as it is loaded, and networks that lead around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from ..findings.finding import Finding

Tree = Mapping[str, object]

WALLS = {"table": "table `inet slipway`", "docker_user": "chain `DOCKER-USER` of iptables and ip6tables"}
# Names that Docker gives to bridges: by them, DOCKER-USER alone closes what is behind.
DOCKERS_OWN = ("docker", "br-")
# Drivers that put a container on the network of the host itself.
AROUND = {"macvlan", "ipvlan"}


def firewall(host: str, rules: Tree) -> list[Finding]:
    """Return a finding when the kit's table is not loaded, and for each wall that is not what its file says."""
    where, command = f"slipway-firewall.service on {host}", f"sudo systemctl restart slipway-firewall   # on {host}"
    found = []
    if not rules["loaded"]:
        what = f"The firewall of {host} is off: the table `inet slipway` is not loaded."
        found.append(Finding("FIREWALL_OFF", what, where, command))
    for wall, name in WALLS.items():
        told = _difference(rules, wall)
        if told and (wall != "table" or rules["loaded"]):
            what = f"The firewall of {host} was changed: in {name}, {told}."
            found.append(Finding("FIREWALL_CHANGED", what, where, command))
    return found


def exposed(host: str, rules: Tree, attached: Iterable[Tree]) -> list[Finding]:
    """Return a finding for each container that can be reached past the firewall.

    Args:
        host: name of the host.
        rules: topic `firewall` of the host's report.
        attached: of the topic `published`.
    """
    closed = bool(rules["loaded"]) and not _difference(rules, "table")
    found = []
    for one in attached:
        name, driver, bridge = one["name"], str(one["driver"]), str(one["bridge"])
        addresses = ", ".join(cast("list[str]", one["addresses"]))
        if driver in AROUND:
            what = f"Container {name} is on network {one['network']} ({driver}), at {addresses}: "
            what += f"no rule of {host} filters it."
            command = f"sudo docker network disconnect {one['network']} {name}   # on {host}"
            found.append(Finding("CONTAINER_EXPOSED", what, f"{name} on {host}", command, "warning"))
        elif bridge and not bridge.startswith(DOCKERS_OWN) and not closed:
            what = f"Container {name} can be reached at {addresses}: only `inet slipway` closes bridge {bridge}."
            command = f"sudo systemctl restart slipway-firewall   # on {host}"
            found.append(Finding("CONTAINER_EXPOSED", what, f"{name} on {host}", command))
    return found


def _difference(rules: Tree, wall: str) -> str:
    """Return how a wall differs from what its file says, empty where it does not."""
    told = cast("Mapping[str, list[str]]", rules[wall])
    if not told:
        return ""
    missing, foreign = told["missing"], told["foreign"]
    lines = [*(f"`{line}` is missing" for line in missing), *(f"`{line}` is foreign" for line in foreign)]
    return lines[0] + (f", and {len(lines) - 1} more" if len(lines) > 1 else "")
