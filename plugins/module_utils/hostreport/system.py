"""Distribution, rights, clock, disk and memory."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

from .sources import text

Tree = dict[str, object]

ROOT_UID = 0
KIB = 1024
# Where releases, images and packages need room.
DISK_PATHS = ("/", "/var/lib", "/var/lib/docker", "/var/log")


def read() -> Tree:
    """Return the topic `system`; sizes in bytes, clock as a Unix time in seconds."""
    return {
        "distribution": parse_os_release(text("/etc/os-release")),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "is_root": os.geteuid() == ROOT_UID,
        "disks": {path: disk for path in DISK_PATHS if (disk := _disk(path))},
        "processors": len(os.sched_getaffinity(0)),
        "memory": parse_meminfo(text("/proc/meminfo")),
        "clock": time.time(),
    }


def parse_os_release(content: str) -> dict[str, str]:
    """Return `id`, `version` and `name` of an os-release file (os-release(5))."""
    pairs = dict(line.split("=", 1) for line in content.splitlines() if "=" in line and not line.startswith("#"))
    values = {key: value.strip().strip("\"'") for key, value in pairs.items()}
    return {
        "id": values.get("ID", ""),
        "version": values.get("VERSION_ID", ""),
        "name": values.get("PRETTY_NAME", ""),
    }


def parse_meminfo(content: str) -> dict[str, int]:
    """Return `total`, `available`, `swap_total` and `swap_free` of /proc/meminfo, in bytes."""
    fields = {"MemTotal": "total", "MemAvailable": "available", "SwapTotal": "swap_total", "SwapFree": "swap_free"}
    found: dict[str, int] = {}
    for line in content.splitlines():
        key, _, rest = line.partition(":")
        if key in fields:
            found[fields[key]] = int(rest.split()[0]) * KIB
    return found


def has_setting(key: str) -> bool:
    """Return whether the kernel has a setting, by either of sysctl(8)'s spellings: a.b.c or a/b/c."""
    dotted = "." in key.split("/", 1)[0]
    parts = key.translate(str.maketrans("./", "/.")) if dotted else key
    return Path("/proc/sys", parts).is_file()


def _disk(path: str) -> dict[str, int] | None:
    try:
        state = os.statvfs(path)
    except OSError:
        return None
    return {
        "total": state.f_blocks * state.f_frsize,
        "free": state.f_bavail * state.f_frsize,
        "inodes": state.f_files,
        "inodes_free": state.f_favail,
    }
