"""Where the engine listens, by its settings."""

from __future__ import annotations

from collections.abc import Mapping

Tree = Mapping[str, object]

LOCAL = ("fd://", "unix://", "npipe://", "/")


def entries(settings: Tree, key: str) -> list[str]:
    """Return a setting that is a list, or a single value of it, as a list."""
    value = settings.get(key)
    found = value if isinstance(value, list) else [value]
    return [str(one).strip() for one in found if one not in (None, "")]


def open_hosts(settings: Tree) -> list[str]:
    """Return where the engine listens besides Unix sockets. Loopback counts: every process of the host is there."""
    return [one for one in entries(settings, "hosts") if one and not one.lower().startswith(LOCAL)]
