"""A port that the engine could not publish: who has it, and the one remedy that disturbs nobody."""

from __future__ import annotations

import contextlib
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .dockerd import DockerError, Engine

# Docker's own bookkeeping says so, or the kernel does.
ALLOCATED, IN_USE = "port is already allocated", "address already in use"
# What the engine puts before the words of runc, or of what it starts instead (OCI: Open Container Initiative).
RUNC = "OCI runtime"
# proc(5), /proc/net/tcp: a listening socket, and the local addresses that 127.0.0.1 can't be bound beside.
LISTENS = "0A"
IN_THE_WAY = {"0100007F", "00000000", "0" * 32, "0000000000000000FFFF00000100007F"}
THE_ENGINES = ("dockerd", "docker-proxy")
RESTART_TIMEOUT_S = 120


@dataclass(frozen=True)
class Listener:
    """A process that listens on a port; `pid` is 0 and `program` empty where it can't be seen."""

    program: str
    pid: int
    uid: int

    @property
    def is_the_engines(self) -> bool:
        """Whether the engine holds the port for a container; only root's: anybody may take its name."""
        return self.uid == 0 and self.program in THE_ENGINES

    def __str__(self) -> str:
        try:
            user = pwd.getpwuid(self.uid).pw_name
        except KeyError:
            user = f"uid {self.uid}"
        return f"{self.program or 'a process'} (process {self.pid or 'unknown'}, user {user})"


def refused(told: str) -> bool:
    """Whether the engine complains about a port that is taken.

    Not where runc complains: it repeats what the image says of itself, such as the name of a program that is missing.
    """
    return RUNC not in told and (ALLOCATED in told or IN_USE in told)


def free(port: int, engine: Engine, told: str) -> str:
    """Make a port free that the engine holds for a container that is gone; returns what was done.

    A crash while a container starts leaves that behind; only a restart of the engine helps, which containers do not
    notice under live-restore.

    Raises:
        DockerError: somebody has the port, or the engine must not or can't be restarted.
    """
    listener = listening(port)
    if listener and not listener.is_the_engines:
        raise _taken(port, f"{listener} listens on it", f"`kill {listener.pid}` on the host")
    containers = engine.publishing(port)
    if containers:
        raise _taken(port, f"container {containers[0]} publishes it", f"`docker stop {containers[0]}` on the host")
    if ALLOCATED not in told:
        raise _taken(
            port, "a process that does not listen holds it", f"find it by `ss -anp | grep :{port}` on the host"
        )
    held = f"The engine holds port {port} on 127.0.0.1 for a container that is gone"
    if not engine.keeps_containers():
        raise DockerError(
            f"{held}, and a restart would stop all containers, as live-restore is off.",
            fix="`systemctl restart docker` on the host when that suits you, then deploy again",
        )
    _restart(held)
    return f"restarted the engine, containers went on: it held port {port} for a container that was gone"


def still_refused(port: int, evidence: Sequence[str]) -> DockerError:
    """Return what is said when the restart did not help."""
    return DockerError(
        f"The engine holds port {port} on 127.0.0.1 though nobody uses it, also after a restart of the engine.",
        evidence=evidence,
        fix=f"`systemctl restart docker` on the host once more, or set loopback_port to another than {port}",
    )


def listening(port: int, proc: Path = Path("/proc")) -> Listener | None:
    """Return who listens on a TCP port so that 127.0.0.1 can't be bound to it, None where nobody does."""
    for table in ("tcp", "tcp6"):
        try:
            rows = (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, rows):
            address, _, number = columns[1].partition(":")
            if columns[3] == LISTENS and int(number, 16) == port and address in IN_THE_WAY:
                program, pid = _owner(columns[9], proc)
                return Listener(program, pid, uid=int(columns[7]))
    return None


def _owner(inode: str, proc: Path) -> tuple[str, int]:
    for process in (entry for entry in proc.iterdir() if entry.name.isdigit()):
        with contextlib.suppress(OSError):  # it ended while it was looked at
            for link in (process / "fd").iterdir():
                if _points_to(link) == f"socket:[{inode}]":
                    return (process / "comm").read_text(encoding="utf-8", errors="replace").strip(), int(process.name)
    return "", 0


def _points_to(link: Path) -> str:
    with contextlib.suppress(OSError):  # closed by now
        return str(link.readlink())
    return ""


def _taken(port: int, by: str, way_out: str) -> DockerError:
    return DockerError(
        f"Port {port} on 127.0.0.1 is taken: {by}.",
        fix=f"{way_out}, or set loopback_port of the app in slipway_apps to another; then deploy again",
    )


def _restart(held: str) -> None:
    # systemd starts a unit three times a minute at most; a crash of the host may have used them up.
    for verb in ("reset-failed", "restart"):
        command = ["systemctl", verb, "docker.service"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=RESTART_TIMEOUT_S, check=False)
            problem = done.stderr.strip() if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            problem = str(error)
    if problem:
        raise DockerError(
            f"{held}, and it could not be restarted.",
            evidence=problem.splitlines()[-3:],
            fix="`systemctl restart docker` and `journalctl -u docker -n 50` on the host",
        )
