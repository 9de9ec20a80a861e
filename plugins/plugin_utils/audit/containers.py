"""Containers and their engine, checked in the spirit of Docker Bench.

Numbers follow the CIS Docker Benchmark's; one with a letter is the kit's own. Unlike Docker Bench, a port published on
`::` counts as published to everybody, not only one on 0.0.0.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from . import inspection, places
from .engine import ENGINE, is_loopback, unbounded_logs
from .inspection import config, host_config, number, options, texts

Tree = Mapping[str, object]
# Returns what speaks against it; nothing where it holds.
Check = Callable[[Tree], list[str]]

DEFAULT_NETWORKS = {"default", "bridge"}
# What every version of the engine keeps from a container, of longer lists that differ.
MASKED = {"MaskedPaths": {"/proc/kcore", "/proc/keys", "/sys/firmware"}, "ReadonlyPaths": {"/proc/sys"}}


def root_user(container: Tree) -> list[str]:
    """Return why the container's processes are root's, by its configuration or, for a name, by what runs."""
    user = str(config(container).get("User") or "").strip()
    name = user.partition(":")[0]
    is_root = name in {"", "root"} or (name.lstrip("+").isdecimal() and int(name) == 0)
    return [f"user {user or 'unset'}"] if is_root or container.get("Uid") == 0 else []


def no_health(container: Tree) -> list[str]:
    """Return why nobody looks whether the container works."""
    test = cast("Mapping[str, list[str]]", config(container).get("Healthcheck") or {}).get("Test") or []
    return [] if test[:1] in (["CMD"], ["CMD-SHELL"]) and any(test[1:]) else [f"test {' '.join(test) or 'unset'}"]


def kept_capabilities(container: Tree) -> list[str]:
    """Return what the container drops, where that is not everything."""
    dropped = [one.upper().removeprefix("CAP_") for one in texts(container, "CapDrop")]
    return [] if "ALL" in dropped else [f"drops {', '.join(dropped) or 'none'}"]


def shared(key: str) -> Check:
    """Return the check of a namespace: the host's, or another container's, is not the container's own."""

    def of(container: Tree) -> list[str]:
        mode = str(host_config(container).get(key) or "")
        return [f"{key} {mode}"] if mode == "host" or mode.startswith("container:") else []

    return of


def sensitive(container: Tree) -> list[str]:
    """Return the mounts that give away the host or another app."""
    own = inspection.apps(container)
    found = [
        one.source
        for one in inspection.mounts(container)
        if places.is_sensitive(one.source, writable=one.writable, apps=own)
    ]
    return sorted(set(found))


def engines(container: Tree) -> list[str]:
    """Return the mounts that hold the socket of an engine."""
    return sorted({one.source for one in inspection.mounts(container) if places.has_engine(one.source)})


def propagated(container: Tree) -> list[str]:
    """Return the mounts of which what is mounted inside appears on the host."""
    mounts = cast("list[Tree]", container.get("Mounts") or [])
    return [str(one.get("Source")) for one in mounts if str(one.get("Propagation") or "") in {"shared", "rshared"}]


def no_memory_limit(container: Tree) -> list[str]:
    """Return why the container may take the host's memory."""
    found = [] if number(container, "Memory") > 0 else ["memory unbounded"]
    found += ["swap unbounded"] if number(container, "MemorySwap") < 0 else []
    found += ["out-of-memory killer off"] if host_config(container).get("OomKillDisable") else []
    return found + (["others are killed first"] if number(container, "OomScoreAdj") < 0 else [])


def no_cpu_limit(container: Tree) -> list[str]:
    """Return whether the container may take every processor."""
    return [] if number(container, "NanoCpus") > 0 or number(container, "CpuQuota") > 0 else ["processors unbounded"]


def exposed(container: Tree) -> list[str]:
    """Return the addresses that ports are published on besides loopback."""
    found = [one or "every address" for one in inspection.published(container) if not is_loopback(one)]
    return sorted({*found, *(["every port"] if host_config(container).get("PublishAllPorts") else [])})


def devices(container: Tree) -> list[str]:
    """Return the devices of the host that the container may use."""
    listed = cast("list[Tree]", host_config(container).get("Devices") or [])
    requested = ["a requested device"] if host_config(container).get("DeviceRequests") else []
    return [*(str(one.get("PathOnHost")) for one in listed), *texts(container, "DeviceCgroupRules"), *requested]


def weak_seccomp(container: Tree) -> list[str]:
    """Return why the container may make every system call. A profile of its own counts by what it does by default."""
    profile = options(container).get("seccomp", "")
    if profile.startswith("{"):
        try:
            action = cast("Tree", json.loads(profile)).get("defaultAction")
        except ValueError:
            return ["a profile that can't be read"]
        return [f"default {action}"] if action in {"SCMP_ACT_ALLOW", "SCMP_ACT_LOG"} else []
    return ["seccomp unconfined"] if profile.lower() == "unconfined" else []


def weak_apparmor(container: Tree) -> list[str]:
    """Return whether AppArmor is off. Where the kernel has none, no profile is set."""
    profiles = (options(container).get("apparmor", ""), str(container.get("AppArmorProfile") or ""))
    return ["apparmor unconfined"] if any(one.lower() == "unconfined" for one in profiles) else []


def weak_selinux(container: Tree) -> list[str]:
    """Return whether labels of SELinux are off."""
    return [key for key in options(container) if key == "label:disable"]


def unmasked(container: Tree) -> list[str]:
    """Return what of /proc and /sys is open. Docker's client turns `systempaths=unconfined` into empty lists."""
    found = [f"{key} {value}" for key, value in options(container).items() if key == "systempaths"]
    for key, expected in MASKED.items():
        kept = host_config(container).get(key)
        found += sorted(expected - set(cast("list[str]", kept))) if kept is not None else []
    return found


def cgroup(container: Tree) -> list[str]:
    """Return why the container sees, or is counted in, control groups of the host."""
    parent = str(host_config(container).get("CgroupParent") or "")
    return [*shared("CgroupnsMode")(container), *([f"parent {parent}"] if parent else [])]


def restarts(container: Tree) -> list[str]:
    """Return whether the container comes back though somebody stopped it."""
    policy = cast("Tree", host_config(container).get("RestartPolicy") or {})
    return ["restart always"] if policy.get("Name") == "always" else []


def own_log(container: Tree) -> list[str]:
    """Return why the container's log may fill the disk."""
    log = cast("Tree", host_config(container).get("LogConfig") or {})
    return unbounded_logs(log["Type"], log.get("Config")) if log.get("Type") else []


def flag(key: str, expected: bool) -> Check:
    """Return the check of a switch of the HostConfig."""
    return lambda container: [] if bool(host_config(container).get(key)) is expected else [f"{key} {not expected}"]


CHECKS: dict[str, tuple[str, Check]] = {
    "2.13a": ("bounds its log", own_log),
    "4.1": ("runs as a user of its own, not root", root_user),
    "4.6": ("has a health check", no_health),
    "5.2": ("keeps the AppArmor profile", weak_apparmor),
    "5.3": ("keeps the labels of SELinux", weak_selinux),
    "5.4": ("drops every capability", kept_capabilities),
    "5.4a": ("adds no capability back", lambda c: texts(c, "CapAdd")),
    "5.5": ("is not privileged", flag("Privileged", expected=False)),
    "5.6": ("mounts no sensitive folder of the host", sensitive),
    "5.10": ("has a network of its own", shared("NetworkMode")),
    "5.11": ("has a memory limit", no_memory_limit),
    "5.12": ("has a processor limit", no_cpu_limit),
    "5.13": ("has a read-only root file system", flag("ReadonlyRootfs", expected=True)),
    "5.14": ("publishes ports on loopback only", exposed),
    "5.15": ("stays stopped when somebody stopped it", restarts),
    "5.16": ("has processes of its own", shared("PidMode")),
    "5.17": ("has memory segments of its own", shared("IpcMode")),
    "5.18": ("has no device of the host", devices),
    "5.19": ("shows its mounts to nobody", propagated),
    "5.20": ("has a host name of its own", shared("UTSMode")),
    "5.21": ("keeps the seccomp profile", weak_seccomp),
    "5.21a": ("keeps the paths of the kernel masked", unmasked),
    "5.24": ("has control groups of its own", cgroup),
    "5.25": ("can gain no privileges", lambda c: [] if inspection.gains_nothing(c) else ["no-new-privileges off"]),
    "5.28": ("has a limit of processes", lambda c: [] if number(c, "PidsLimit") > 0 else ["processes unbounded"]),
    "5.29": ("is not on the default bridge", lambda c: sorted(inspection.networks(c) & DEFAULT_NETWORKS)),
    "5.30": ("has users of its own", shared("UsernsMode")),
    "5.31": ("has no socket of the engine", engines),
}


def audit(containers: list[Tree], engine: Tree) -> tuple[int, int, list[dict[str, str]]]:
    """Return (passed, total, failures), each failure with `id` and `finding`."""
    failures = _failed("the engine", engine, ENGINE.items())
    for container in containers:
        failures += _failed(f"container {inspection.name(container)}", container, CHECKS.items())
    total = len(ENGINE) + len(CHECKS) * len(containers)
    return total - len(failures), total, failures


def _failed(who: str, what: Tree, checks: Iterable[tuple[str, tuple[str, Check]]]) -> list[dict[str, str]]:
    found = [(number, text, check(what)) for number, (text, check) in checks]
    return [
        {"id": number, "finding": f"{who}: not so that it {text}: {', '.join(against)}"}
        for number, text, against in found
        if against
    ]
