"""Which Linux capabilities a host container may get: what this machine has itself, less what the engine cannot name."""

from __future__ import annotations

import re
from pathlib import Path

# Bit numbers are positions: include/uapi/linux/capability.h
NAMES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
)
# PERFMON, BPF and CHECKPOINT_RESTORE follow; engine 20.10 (Debian 12) refuses containers that ask for them.


def grantable(status: str | None = None) -> list[str]:
    """Return the names of the capabilities in the bounding set of this process.

    Args:
        status: text of /proc/self/status; read from there when not given.
    """
    text = Path("/proc/self/status").read_text() if status is None else status
    found = re.search(r"^CapBnd:\s*([0-9a-f]+)$", text, re.MULTILINE)
    bounding = int(found.group(1), 16) if found else 0
    return [name for bit, name in enumerate(NAMES) if bounding >> bit & 1]
