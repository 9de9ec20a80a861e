"""Start a release in a slot, and overcome what a crash of the host may have left in its way."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence

from . import compose, ports
from .app import App, Process, Slot
from .dockerd import Container, DockerError, Engine
from .labels import RELEASE_LABEL
from .mortal import mortal
from .records import Records, Release

COMPOSE_TIMEOUT_S = 120
# On a starved machine runc loses a container while it makes it; a second attempt finds everything as the first did.
LOST_WHILE_MADE = "read init-p: connection reset by peer"
EVIDENCE_LINES = 10


def start(records: Records, engine: Engine, slot: Slot, release: Release, processes: Sequence[Process]) -> list[str]:
    """Start processes of a release in a slot; stopped containers are used again where the slot still has them.

    Returns:
        What was done beside it, in words.

    Raises:
        DockerError: Compose could not start them; says who is in the way where that is known.
    """
    app = records.app
    records.name_slot(slot, release.id)
    # Those that run stay: visitors may be on them.
    absent = [each for each in processes if not _goes_on(app, engine, slot, release, each)]
    if not absent:
        return []
    for each in absent:
        # Compose would take it away too, but leave its anonymous volumes behind.
        engine.remove(app.container(slot, each))
    command = compose.up(app.project(slot), records.compose_file(release.id), [each.name for each in absent])
    environment = compose.environment(app, slot, release, records)
    told = _refusal(command, environment)
    if LOST_WHILE_MADE in told:
        told = _refusal(command, environment)
    if not ports.refused(told):
        if told:
            raise _failed(app, told)
        return []
    port = _port_in(told, [each.ports[slot] for each in absent if each.serves])
    said = ports.free(port, engine, told)
    told = _refusal(command, environment)
    if ports.refused(told):
        raise ports.still_refused(port, _end(told))
    if told:
        raise _failed(app, told)
    return [said]


def is_of(container: Container, release: str, process: Process, slot: Slot) -> bool:
    """Whether a container is this release's, on the port that is declared: that may have changed since it was made."""
    on_port = not process.serves or process.ports[slot] in container.ports
    return on_port and container.labels.get(RELEASE_LABEL) == release


def _goes_on(app: App, engine: Engine, slot: Slot, release: Release, process: Process) -> bool:
    name = app.container(slot, process)
    container = engine.container(name)
    return bool(container and is_of(container, release.id, process, slot) and _started(engine, name))


def _port_in(told: str, known: Sequence[int]) -> int:
    """Return the port that the engine complains of."""
    return next((port for port in known if re.search(rf"\b{port}\b", told)), known[0])


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
