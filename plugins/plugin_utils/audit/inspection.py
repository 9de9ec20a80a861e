"""Read what `docker inspect` says of a container, in all the ways in which it can be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

Tree = Mapping[str, object]

# Go's strconv.ParseBool, with which the engine reads the value.
TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


class Mount(NamedTuple):
    """A path of the host that a container sees."""

    source: str
    writable: bool


def host_config(container: Tree) -> Tree:
    """Return the HostConfig of an inspection."""
    return cast("Tree", container.get("HostConfig") or {})


def config(container: Tree) -> Tree:
    """Return the Config of an inspection."""
    return cast("Tree", container.get("Config") or {})


def name(container: Tree) -> str:
    """Return the name of a container."""
    return str(container.get("Name", "")).lstrip("/")


def texts(container: Tree, key: str) -> list[str]:
    """Return a list of the HostConfig, empty where there is none."""
    found = host_config(container).get(key) or []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


def number(container: Tree, key: str) -> int:
    """Return a limit of the HostConfig; 0 where none is set."""
    value = host_config(container).get(key)
    return value if isinstance(value, int) else 0


def options(container: Tree) -> dict[str, str]:
    """Return the security options: the engine takes `key=value` and the older `key:value`, and the last one counts."""
    found = {}
    for option in texts(container, "SecurityOpt"):
        separator = min((sign for sign in "=:" if sign in option), key=option.index, default="=")
        key, _, value = option.partition(separator)
        found[f"{key}:{value}" if key == "label" else key] = value.strip()
    return found


def gains_nothing(container: Tree) -> bool:
    """Return whether the container runs with no-new-privileges; without a value that is on."""
    value = options(container).get("no-new-privileges")
    return value is not None and (value == "" or value in TRUE)


def mounts(container: Tree) -> Iterator[Mount]:
    """Yield the paths of the host that are mounted, as written and as the host resolves them."""
    for one in cast("list[Tree]", container.get("Mounts") or []):
        writable = bool(one.get("RW", True))
        paths = [one.get("Resolved"), *([] if one.get("Type") in {"volume", "tmpfs"} else [one.get("Source")])]
        yield from (Mount(str(path), writable) for path in paths if path)
    for bind in texts(container, "Binds"):
        source, _, rest = bind.partition(":")
        if source.startswith("/"):
            yield Mount(source, "ro" not in rest.partition(":")[2].split(","))
    for one in cast("list[Tree]", host_config(container).get("Mounts") or []):
        volume = cast("Tree", one.get("VolumeOptions") or {})
        driver = cast("Mapping[str, Mapping[str, str] | None]", volume.get("DriverConfig") or {})
        path = one.get("Source") if one.get("Type") == "bind" else (driver.get("Options") or {}).get("device")
        if path:
            yield Mount(str(path), not one.get("ReadOnly"))


def apps(container: Tree) -> frozenset[str]:
    """Return the app that a container is of: its label's, if its name agrees, else the one that its name says."""
    labels = cast("Mapping[str, str]", config(container).get("Labels") or {})
    app = labels.get("org.slipway.app") or name(container).rpartition("-")[0]
    return frozenset({app} if app and name(container).startswith(f"{app}-") else ())


def published(container: Tree) -> list[str]:
    """Return the addresses that ports are published on, empty for every address."""
    settings = cast("Tree", container.get("NetworkSettings") or {})
    found = []
    for ports in (host_config(container).get("PortBindings"), settings.get("Ports")):
        for entries in cast("Mapping[str, list[Tree] | None]", ports or {}).values():
            found += [str(one.get("HostIp", "")) for one in entries or []]
    return found


def networks(container: Tree) -> set[str]:
    """Return the networks that a container is on: the one it was made with, and those it was joined to later."""
    settings = cast("Tree", container.get("NetworkSettings") or {})
    joined = cast("Mapping[str, object]", settings.get("Networks") or {})
    return {str(host_config(container).get("NetworkMode", "")), *joined} - {""}
