"""Who logged in for this very run, and from where: what may not be locked out."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

Tree = dict[str, object]

PROC = Path("/proc")
# Interpreter, sudo, shell, sshd: deeper is not ours.
GENERATIONS = 8
CONNECTION_WORDS = 4


def read() -> Tree:
    """Return the topic `login`: `user`, `groups`, and `client`, `address` and `port` of the SSH connection, if any."""
    user = os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name
    client, address, port = connection(PROC, os.getpid())
    return {"user": user, "groups": groups(user), "client": client, "address": address, "port": port}


def groups(user: str) -> list[str]:
    """Return the names of a user's groups, the primary one first."""
    try:
        numbers = os.getgrouplist(user, pwd.getpwnam(user).pw_gid)
        return [grp.getgrgid(number).gr_name for number in numbers]
    except KeyError:
        return []


def connection(proc: Path, pid: int) -> tuple[str, str, int]:
    """Return (client's address, address and port of the host) from the nearest ancestor that knows, or ("", "", 0)."""
    for _ in range(GENERATIONS):
        try:
            words = _variable((proc / str(pid) / "environ").read_bytes(), b"SSH_CONNECTION=").split()
            stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            break
        if len(words) == CONNECTION_WORDS:
            return words[0], words[2], int(words[3])
        # proc(5): the parent is the second field behind the name, which may hold spaces and brackets.
        pid = int(stat.rpartition(")")[2].split()[1])
    return "", "", 0


def _variable(environ: bytes, name: bytes) -> str:
    found = [entry[len(name) :] for entry in environ.split(b"\0") if entry.startswith(name)]
    return found[0].decode("ascii", errors="replace") if found else ""
