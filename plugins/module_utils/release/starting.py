"""Start a release in a slot, and overcome what a crash of the host may have left in its way."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from . import compose, ports
from .app import App, Slot
from .dockerd import Container, DockerError, Engine
from .mortal import mortal
from .records import Records, Release

COMPOSE_TIMEOUT_S = 120
# On a starved machine runc loses a container while it makes it; a second attempt finds everything as the first did.
LOST_WHILE_MADE = "read init-p: connection reset by peer"
EVIDENCE_LINES = 10


def start(app: App, records: Records, engine: Engine, slot: Slot, release: Release) -> list[str]:
    """Start a release in a slot; its stopped container is used again where the slot still has it.

    Returns:
        What was done beside it, in words.

    Raises:
        DockerError: Compose could not start it; says who is in the way where that is known.
    """
    records.name_slot(slot, release.id)
    name = app.project(slot)
    container = engine.container(name)
    same = container and container.labels.get("org.slipway.release") == release.id
    if container and same and on_port(container, app.ports[slot]) and _started(engine, name):
        return []
    # Compose would take it away too, but leave its anonymous volumes behind.
    engine.remove(name)
    command = compose.up(name, records.compose_file(release.id))
    environment = compose.environment(app, slot, release, records)
    told = _refusal(command, environment)
    if LOST_WHILE_MADE in told:
        told = _refusal(command, environment)
    if not ports.refused(told):
        if told:
            raise _failed(app, told)
        return []
    said = ports.free(app.ports[slot], engine, told)
    told = _refusal(command, environment)
    if ports.refused(told):
        raise ports.still_refused(app.ports[slot], _end(told))
    if told:
        raise _failed(app, told)
    return [said]


def on_port(container: Container, port: int) -> bool:
    """Whether a container publishes this port of the host: `loopback_port` may have changed since it was made."""
    return port in container.ports


def _started(engine: Engine, name: str) -> bool:
    try:
        engine.start(name)
    except DockerError:
        return False
    return True


def _refusal(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run Compose; returns what it complained of, empty where it did what it was told."""
    try:
        done = subprocess.run(
            mortal(command), env=environment, capture_output=True, text=True, timeout=COMPOSE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no end after {COMPOSE_TIMEOUT_S} s"
    return (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""


def _failed(app: App, told: str) -> DockerError:
    return DockerError(
        f"{app.name}: Compose could not start the new release.",
        evidence=_end(told),
        fix="`journalctl -u docker -n 50` on the host",
    )


def _end(told: str) -> list[str]:
    return told.splitlines()[-EVIDENCE_LINES:]
