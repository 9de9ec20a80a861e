"""Settings of the engine that give away the host: of daemon.json, and of the flags that it was started with."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.doctor.engine_hosts import entries, open_hosts

Tree = Mapping[str, object]
# Returns what speaks against it; nothing where it holds.
Check = Callable[[Tree], list[str]]

# Drivers that keep a file on the host which grows unless it is told not to.
FILES = {"", "json-file"}


def is_loopback(address: str) -> bool:
    """Return whether an address, with or without brackets, is reached by the host itself alone."""
    bare = address.strip().strip("[]").lower().removeprefix("::ffff:")
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


def open_metrics(settings: Tree) -> list[str]:
    """Return where the engine shows its metrics to others than the host."""
    found = entries(settings, "metrics-addr")
    return [one for one in found if not is_loopback(one.rpartition(":")[0])]


def unbounded_logs(kind: object, options: object) -> list[str]:
    """Return why the logs of containers may fill the disk.

    Args:
        kind: the log driver, empty for the engine's default.
        options: those of the driver.
    """
    driver = str(kind or "")
    size = str(cast("Tree", options or {}).get("max-size") or "")
    if size == "-1" or (driver in FILES and not size):
        return [f"{driver or 'json-file'} with max-size {size or 'unset'}"]
    return []


def unless(settings: Tree, key: str, wanted: object) -> list[str]:
    """Return a setting that is not what it should be."""
    return [] if settings.get(key) is wanted else [f"{key} {settings.get(key)}"]


ENGINE: dict[str, tuple[str, Check]] = {
    "2.2": ("keeps containers on the default bridge apart", lambda e: unless(e, "icc", False)),
    "2.3": ("may write its firewall rules", lambda e: ["iptables False"] if e.get("iptables") is False else []),
    "2.7": ("has no socket on the network", lambda e: [*open_hosts(e), *open_metrics(e)]),
    "2.7a": (
        "publishes on loopback unless told otherwise",
        lambda e: [one for one in entries(e, "ip") if not is_loopback(one)],
    ),
    "2.13": ("bounds the logs", lambda e: unbounded_logs(e.get("log-driver"), e.get("log-opts"))),
    "2.14": ("lets no container gain privileges", lambda e: unless(e, "no-new-privileges", True)),
    "2.15": ("keeps containers alive through a restart", lambda e: unless(e, "live-restore", True)),
    "2.16": ("forwards ports without a proxy of its own", lambda e: unless(e, "userland-proxy", False)),
    "2.16a": (
        "keeps the seccomp profile",
        lambda e: [one for one in entries(e, "seccomp-profile") if one.lower() == "unconfined"],
    ),
    "2.17": ("has no experimental features", lambda e: ["experimental"] if e.get("experimental") else []),
    "2.18": ("trusts no insecure registry", lambda e: entries(e, "insecure-registries")),
    "2.19": (
        "gives its socket to nobody but root and group docker",
        lambda e: [one for one in entries(e, "group") if one not in {"docker", "root"}],
    ),
}
