"""How restic is told where a repository is: pure, lists of arguments."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SSH_PORT = 22
# The name that the store's key is pinned under, wherever it is.
STORE = "store"


def arguments(repository: str, secrets: Path) -> list[str]:
    """Return the arguments of restic for a repository.

    Args:
        repository: `ssh://USER@HOST[:PORT]`, whose key may do no more than add (`rclone serve restic --stdio
            --append-only` as forced command); `sftp://USER@HOST[:PORT]/PATH`; or the path of a folder.
        secrets: the folder with `key` and `known_hosts`, for the first two.

    Source: restic's manual, "Preparing a new repository", SFTP and "Other services via rclone".
    """
    where = urlsplit(repository)
    if where.scheme == "ssh":
        # restic appends `serve restic --stdio ...`, which a forced command passes over.
        return ["-r", "rclone:forced", "-o", f"rclone.program={shlex.join(_ssh(where, secrets))}"]
    if where.scheme == "sftp":
        command = shlex.join([*_ssh(where, secrets), "-s", "sftp"])
        return ["-r", f"sftp:{where.hostname}:{where.path}", "-o", f"sftp.command={command}"]
    return ["-r", repository]


def _ssh(where: SplitResult, secrets: Path) -> list[str]:
    """Return an SSH that asks nobody, trusts the pinned host key alone, and ends when the store is gone."""
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(secrets / "known_hosts"),
        "GlobalKnownHostsFile": "/dev/null",
        "HostKeyAlias": STORE,
        "ConnectTimeout": "20",
        "ServerAliveInterval": "20",
        "ServerAliveCountMax": "6",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    login = ["-l", where.username or "root", "-p", str(where.port or SSH_PORT), str(where.hostname)]
    return ["ssh", "-F", "none", "-i", str(secrets / "key"), *words, *login]
