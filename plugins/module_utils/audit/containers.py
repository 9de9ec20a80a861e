"""Containers and their engine, checked in the spirit of Docker Bench: ids are those of the CIS Docker Benchmark 1.6.

Unlike Docker Bench, a port published on `::` counts as published to everybody, not only one on 0.0.0.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

Tree = Mapping[str, object]
Check = Callable[[Tree], bool]

SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr", "/run/docker.sock", "/var/run/docker.sock")
LOOPBACK = ("127.0.0.1", "::1")


def host_config(container: Tree) -> Tree:
    """Return the HostConfig of an inspection."""
    return cast("Tree", container.get("HostConfig") or {})


def config(container: Tree) -> Tree:
    """Return the Config of an inspection."""
    return cast("Tree", container.get("Config") or {})


def options(container: Tree) -> list[str]:
    """Return the security options."""
    return [str(one) for one in cast("list[object]", host_config(container).get("SecurityOpt") or [])]


def sources(container: Tree) -> list[str]:
    """Return the paths of the host that are mounted."""
    return [str(one.get("Source", "")) for one in cast("list[Tree]", container.get("Mounts") or [])]


def published(container: Tree) -> list[str]:
    """Return the addresses that ports are published on, empty for every address."""
    bindings = cast("Mapping[str, list[Tree] | None]", host_config(container).get("PortBindings") or {})
    return [str(one.get("HostIp", "")) for entries in bindings.values() for one in entries or []]


def is_number(container: Tree, key: str) -> bool:
    """Return whether a limit is set."""
    value = host_config(container).get(key)
    return isinstance(value, int) and value > 0


CHECKS: dict[str, tuple[str, Check]] = {
    "4.1": ("runs as a user of its own, not root", lambda c: config(c).get("User") not in {None, "", "0", "root"}),
    "4.6": ("has a health check", lambda c: bool(config(c).get("Healthcheck"))),
    "5.4": ("drops every capability", lambda c: host_config(c).get("CapDrop") in (["ALL"], ["all"])),
    "5.4a": ("adds no capability back", lambda c: not host_config(c).get("CapAdd")),
    "5.5": ("is not privileged", lambda c: not host_config(c).get("Privileged")),
    "5.6": ("mounts no sensitive folder of the host", lambda c: not set(sources(c)) & set(SENSITIVE)),
    "5.10": ("does not share the host's network", lambda c: host_config(c).get("NetworkMode") != "host"),
    "5.11": ("has a memory limit", lambda c: is_number(c, "Memory")),
    "5.12": ("has a processor limit", lambda c: is_number(c, "NanoCpus") or is_number(c, "CpuQuota")),
    "5.13": ("has a read-only root file system", lambda c: bool(host_config(c).get("ReadonlyRootfs"))),
    "5.14": ("publishes ports on loopback only", lambda c: all(address in LOOPBACK for address in published(c))),
    "5.16": ("does not share the host's processes", lambda c: host_config(c).get("PidMode") != "host"),
    "5.17": ("does not share the host's memory segments", lambda c: host_config(c).get("IpcMode") != "host"),
    "5.18": ("has no device of the host", lambda c: not host_config(c).get("Devices")),
    "5.21": ("keeps the seccomp profile", lambda c: not any("seccomp=unconfined" in one for one in options(c))),
    "5.25": ("can gain no privileges", lambda c: any(one.startswith("no-new-privileges") for one in options(c))),
    "5.28": ("has a limit of processes", lambda c: is_number(c, "PidsLimit")),
    "5.29": ("is not on the default bridge", lambda c: host_config(c).get("NetworkMode") not in {"default", "bridge"}),
    "5.30": ("does not share the host's users", lambda c: host_config(c).get("UsernsMode") != "host"),
    "5.31": ("has no socket of the engine", lambda c: not any(path.endswith("docker.sock") for path in sources(c))),
}
ENGINE: dict[str, tuple[str, Check]] = {
    "2.2": ("keeps containers on the default bridge apart", lambda e: e.get("icc") is False),
    "2.7": ("has no socket on the network", lambda e: "tcp:" not in str(e.get("hosts", ""))),
    "2.13": ("bounds the logs", lambda e: e.get("log-driver") in {"local", "journald"} or bool(e.get("log-opts"))),
    "2.14": ("lets no container gain privileges", lambda e: e.get("no-new-privileges") is True),
    "2.15": ("keeps containers alive through a restart", lambda e: e.get("live-restore") is True),
    "2.16": ("forwards ports without a proxy of its own", lambda e: e.get("userland-proxy") is False),
    "2.17": ("has no experimental features", lambda e: not e.get("experimental")),
    "2.18": ("trusts no insecure registry", lambda e: not e.get("insecure-registries")),
}


def audit(containers: list[Tree], engine: Tree) -> tuple[int, int, list[dict[str, str]]]:
    """Return (passed, total, failures), each failure with `id` and `finding`."""
    failures = [
        {"id": number, "finding": f"the engine: not so that it {text}"}
        for number, (text, holds) in ENGINE.items()
        if not holds(engine)
    ]
    for container in containers:
        name = str(container.get("Name", "")).lstrip("/")
        failures += [
            {"id": number, "finding": f"container {name}: not so that it {text}"}
            for number, (text, holds) in CHECKS.items()
            if not holds(container)
        ]
    total = len(ENGINE) + len(CHECKS) * len(containers)
    return total - len(failures), total, failures
