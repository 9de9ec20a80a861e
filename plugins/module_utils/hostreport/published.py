"""How containers can be reached: Docker forwards in the kernel, so no process listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .containers import ask

Tree = dict[str, object]


def read() -> Tree:
    """Return the topic `published`.

    `ports`: each with `name`, `address`, `port`, `inside` and `protocol`. `attached`: each with the `name` of the
    container, its `network`, the network's `driver` and `bridge`, and its `addresses` there.
    """
    running = ask("/containers/json") or []
    networks = {str(one["Id"]): one for one in ask("/networks") or []}
    return {
        "ports": [port for one in running for port in ports_of(one)],
        "attached": [network for one in running for network in attached(one, networks)],
    }


def attached(container: Tree, networks: Mapping[str, Tree]) -> list[Tree]:
    """Return the networks of an entry of the engine's list, by the engine's list of networks (NetworkList)."""
    settings = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", container.get("NetworkSettings") or {})
    found: list[Tree] = []
    for name, place in (settings.get("Networks") or {}).items():
        network = networks.get(place.get("NetworkID", ""), {})
        options = cast("Mapping[str, str]", network.get("Options") or {})
        found.append(
            {
                "name": name_of(container),
                "network": name,
                "driver": network.get("Driver", ""),
                "bridge": options.get("com.docker.network.bridge.name", ""),
                "addresses": [place[key] for key in ("IPAddress", "GlobalIPv6Address") if place.get(key)],
            }
        )
    return found


def name_of(container: Tree) -> str:
    """Return the name of an entry of the engine's list."""
    names = container.get("Names")
    return str(names[0]).lstrip("/") if isinstance(names, list) and names else "unnamed"


def ports_of(container: Tree) -> list[Tree]:
    """Return the published ports of an entry of the engine's list (Docker Engine API, ContainerList)."""
    name, ports = name_of(container), container.get("Ports")
    return [
        {
            "name": name,
            "address": port.get("IP", ""),
            "port": port["PublicPort"],
            "inside": port["PrivatePort"],
            "protocol": port["Type"],
        }
        for port in (ports if isinstance(ports, list) else [])
        if port.get("PublicPort")
    ]
