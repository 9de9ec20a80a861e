"""What stands between the host and others: sshd, the engine's settings, the modes of secrets."""

from __future__ import annotations

import grp
import stat
from pathlib import Path

from . import dockerd
from .sources import output

Tree = dict[str, object]

SECRETS = Path("/etc/slipway/secrets")
SSHD_KEYS = ("passwordauthentication", "kbdinteractiveauthentication", "permitrootlogin", "permitemptypasswords")


def read() -> Tree:
    """Return the topic `guards`."""
    return {
        "sshd": parse_sshd(output(["sshd", "-T"])),
        "engine": dockerd.settings(),
        "docker_group": members("docker"),
        "exposed_secrets": exposed(SECRETS),
    }


def parse_sshd(effective: str) -> dict[str, str]:
    """Return the settings about logins in the output of `sshd -T`."""
    pairs = (line.split(" ", 1) for line in effective.splitlines() if " " in line)
    return {key: value for key, value in pairs if key in SSHD_KEYS}


def members(group: str) -> list[str]:
    """Return the users in a group besides root."""
    try:
        return sorted(set(grp.getgrnam(group).gr_mem) - {"root"})
    except KeyError:
        return []


def exposed(root: Path) -> list[str]:
    """Return what below `root` others than the owner may read or write, `0644 /path` each."""
    found = []
    for path in sorted([root, *root.rglob("*")] if root.is_dir() else []):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO) and not path.is_symlink():
            found.append(f"{mode:04o} {path}")
    return found
