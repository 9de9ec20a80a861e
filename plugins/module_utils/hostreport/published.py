"""Ports that containers publish: Docker forwards them in the kernel, so no process listens."""

from __future__ import annotations

from .containers import ask

Tree = dict[str, object]


def read() -> Tree:
    """Return the topic `published`: `ports`, each with `name`, `address`, `port`, `inside` and `protocol`."""
    return {"ports": [port for one in ask("/containers/json") or [] for port in ports_of(one)]}


def ports_of(container: Tree) -> list[Tree]:
    """Return the published ports of an entry of the engine's list (Docker Engine API, ContainerList)."""
    names, ports = container.get("Names"), container.get("Ports")
    name = str(names[0]).lstrip("/") if isinstance(names, list) and names else "unnamed"
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
