"""A running service of Docker Compose, and the loopback port that it publishes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError

LABEL = "com.docker.compose"
# Where Docker listens for a port that 127.0.0.1 reaches; published on one other address, it is not ours to find.
LOOPBACK = {"", "0.0.0.0", "127.0.0.1", "::"}  # noqa: S104 - compared, not bound
WHERE = "Docker on this machine"

Document = Mapping[str, object]


@dataclass(frozen=True)
class Service:
    """One container of a service; `ports` are TCP ports of this machine's loopback that lead to it."""

    project: str
    name: str
    ports: tuple[int, ...]


def port_of(wanted: str) -> int:
    """Return the loopback port that leads to the service.

    Args:
        wanted: `web`, or `project/web`.

    Raises:
        RefusalError: it does not run, runs in several projects, or publishes no port or several.
    """
    return pick(wanted, parse(_containers()))


def parse(document: str) -> list[Service]:
    """Return the services in what `docker inspect` printed of their containers."""
    found = []
    for container in cast(list[Mapping[str, Document]], json.loads(document)):
        labels = cast(Mapping[str, str], container["Config"]["Labels"])
        published = cast(Mapping[str, Sequence[Mapping[str, str]] | None], container["NetworkSettings"]["Ports"])
        ports = {
            int(binding["HostPort"])
            for inner, bindings in published.items()
            if inner.endswith("/tcp")
            for binding in bindings or ()
            if binding["HostIp"] in LOOPBACK
        }
        found.append(Service(labels[f"{LABEL}.project"], labels[f"{LABEL}.service"], tuple(sorted(ports))))
    return found


def pick(wanted: str, running: Sequence[Service]) -> int:
    """Return the port of the service that is wanted; of several containers of it the first one's.

    Raises:
        RefusalError: see `port_of`.
    """
    project, _, name = wanted.rpartition("/")
    found = [one for one in running if one.name == name and project in ("", one.project)]
    if not found:
        others = ", ".join(sorted({f"{one.project}/{one.name}" for one in running})) or "none"
        raise RefusalError(
            "no such service runs", f"SERVICE={wanted}; running: {others}", WHERE, f"docker compose up --detach {name}"
        )
    projects = sorted({one.project for one in found})
    if len(projects) > 1:
        named = [f"{one}/{name}" for one in projects]
        raise RefusalError(
            "several projects run this service", ", ".join(named), WHERE, f"slipway tunnel --service {named[0]}"
        )
    ports = found[0].ports
    if not ports:
        raise RefusalError(
            "the service publishes no port on this machine's loopback",
            f"SERVICE={wanted}",
            f"its `ports` in the Compose file of project {projects[0]}",
            'write  ports: ["127.0.0.1:8000:8000"]  there, then docker compose up --detach',
        )
    if len(ports) > 1:
        raise RefusalError(
            "the service publishes several ports",
            ", ".join(map(str, ports)),
            WHERE,
            f"slipway tunnel --port {ports[0]}",
        )
    return ports[0]


def _containers() -> str:
    """Return what Docker knows of the running containers of Compose, as JSON."""
    if shutil.which("docker") is None:
        raise RefusalError("the program docker is missing", "docker", "this machine", "slipway tunnel --port 8000")
    listed = _docker("ps", "--quiet", "--filter", f"label={LABEL}.service").split()
    return _docker("inspect", *listed) if listed else "[]"


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusalError(
            "Docker does not answer", (done.stderr.strip().splitlines() or ["no message"])[-1], WHERE, "docker info"
        )
    return done.stdout
