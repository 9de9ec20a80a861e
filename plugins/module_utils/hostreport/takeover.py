"""What somebody else set up on the host that the roles would replace: an engine, its users, a firewall."""

from __future__ import annotations

import json
import re
from pathlib import Path

from . import sources

Tree = dict[str, object]

# What conflicts with Debian's docker.io, and is removed when that is installed.
FOREIGN_PACKAGES = frozenset(
    {
        *("docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-engine", "docker-compose-plugin"),
        *("docker-buildx-plugin", "containerd.io", "moby-engine", "moby-cli", "moby-containerd", "podman-docker"),
    }
)
DATA_ROOT = "/var/lib/docker"
# Settings that role docker has written since its first version, and that hardly anybody else sets together.
OURS = {"log-driver": "local", "userland-proxy": False, "icc": False}


def read() -> Tree:
    """Return the topic `takeover` of this host."""
    return found(Path("/"), active=sources.output(["systemctl", "is-active", "firewalld.service"]).strip() == "active")


def found(root: Path, *, active: bool) -> Tree:
    """Return the topic `takeover`.

    Args:
        root: of the host's file system.
        active: firewalld runs.

    Returns:
        `packages`: foreign ones of an engine, installed; `daemon_json`: whether somebody else wrote one; `data_root`:
        where the engine keeps images and containers; `containers`: how many are there; `members`: of the group docker;
        `firewalls`: other ones that are active. All but packages and firewalls are empty where role docker was.
    """
    settings = _settings(root / "etc/docker/daemon.json")
    ours = settings is not None and all(settings.get(key) == value for key, value in OURS.items())
    data_root = str((settings or {}).get("data-root") or DATA_ROOT)
    return {
        "packages": installed(sources.text(root / "var/lib/dpkg/status")),
        "daemon_json": settings is not None and not ours,
        "data_root": data_root,
        "containers": 0 if ours else _containers(root / data_root.lstrip("/")),
        "members": [] if ours else members(sources.text(root / "etc/group")),
        "firewalls": ["ufw"] * ufw_enabled(root) + ["firewalld"] * active,
    }


def installed(status: str) -> list[str]:
    """Return the foreign packages that are installed, by the text of dpkg's status file."""
    entries = (dict(re.findall(r"^(Package|Status): (.*)$", entry, re.MULTILINE)) for entry in status.split("\n\n"))
    return sorted(
        one["Package"]
        for one in entries
        if one.get("Package") in FOREIGN_PACKAGES and one.get("Status", "").endswith(" installed")
    )


def members(groups: str) -> list[str]:
    """Return the members of group docker, by the text of /etc/group (group(5))."""
    line = next((line for line in groups.splitlines() if line.startswith("docker:")), "")
    return [name for name in line.rpartition(":")[2].split(",") if name]


def ufw_enabled(root: Path) -> bool:
    """Return whether ufw is there and loads its rules."""
    program = root / "usr/sbin/ufw"
    return program.exists() and bool(
        re.search(r"^ENABLED=[\"']?yes", sources.text(root / "etc/ufw/ufw.conf"), re.MULTILINE | re.IGNORECASE)
    )


def _settings(path: Path) -> dict[str, object] | None:
    """Return what daemon.json says: None where there is none, nothing where it can't be read as JSON."""
    if not path.exists():
        return None
    try:
        settings = json.loads(sources.text(path) or "{}")
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}


def _containers(data_root: Path) -> int:
    try:
        return sum(1 for _ in (data_root / "containers").iterdir())
    except OSError:
        return 0
