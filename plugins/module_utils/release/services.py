"""The services of an app on this host: made before a release needs them, never removed by one."""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
import time
from collections.abc import Mapping

from . import compose, files
from .app import App
from .dockerd import Container, Engine
from .errors import ServiceError
from .labels import APP_LABEL, SERVICE_LABEL
from .mortal import mortal
from .service import Service

COMPOSE_TIMEOUT_S = 180
# A database that has much to recover after a crash takes its time; a first start takes seconds.
READY_TIMEOUT_S = 300
PAUSE_S = 0.2
ANSWER_S = 1.0
# Of a service without a HEALTHCHECK that was just started: for two seconds it must not end.
LOOKS_AT_THE_UNASKED = 10
# The engine starts a service again that ends; one that ends so often is not going to stay.
MOST_RESTARTS = 3
PASSWORD_BYTES = 24
LOG_LINES = 30


class Services:
    """Brings the services of an app up to what is declared; keeps what is not declared any more, stopped."""

    def __init__(self, app: App, engine: Engine) -> None:
        self._app, self._engine = app, engine
        self._folder = app.root / "services"
        self._file = self._folder / "compose.yml"
        self._secrets = app.secrets_dir / "services"

    def container(self, service: Service) -> str:
        """Return the name of a service's container."""
        return f"{self._app.name}-services-{service.name}"

    def concern(self) -> bool:
        """Whether services are declared, or were."""
        return bool(self._app.services) or self._file.exists()

    def start(self) -> list[str]:
        """Start those that were stopped by hand or by a crash; returns what was done, in words."""
        stopped = [each for each in self._app.services if not self._runs(each)]
        for each in stopped:
            self._engine.start(self.container(each))
            self._wait_for(each, LOOKS_AT_THE_UNASKED)
        return [f"started service {each.name} again" for each in stopped]

    def run(self) -> bool:
        """Whether all declared services run."""
        return all(self._runs(each) for each in self._app.services)

    def _runs(self, service: Service) -> bool:
        found = self._engine.container(self.container(service))
        return bool(found and found.running)

    def converge(self, text: str, images: Mapping[str, str]) -> list[str]:
        """Make and start what is declared, wait until it is ready, stop what is not declared any more.

        Args:
            text: the Compose file; empty where no service is declared.
            images: ids on this host, by the names of a release's images.

        Returns:
            What was done, in words.

        Raises:
            ServiceError: one does not start or does not get ready.
        """
        said = self._stop_undeclared()
        if not self._app.services:
            return said
        files.folder(self._folder, mode=0o711)
        files.folder(self._secrets, mode=0o700)
        for each in self._app.services:
            files.folder(self._folder / each.name, mode=0o700, owner=each.uid)
            self._give_password(each)
        changed = not self._as_declared(text, images)
        if changed:
            self._compose_up(text, images)
            said.append(f"services: {', '.join(each.name for each in self._app.services)}")
        for each in self._app.services:
            self._wait_for(each, LOOKS_AT_THE_UNASKED if changed else 1)
        return said

    def _give_password(self, service: Service) -> None:
        """Make a service's password once; write it for the service, and for the app beside its whole URL."""
        own = self._secrets / f"{service.name}.password"
        password = files.read_text(own)
        if not password:
            password = secrets.token_hex(PASSWORD_BYTES)
            files.write(own, password.encode(), mode=0o400, owner=service.uid)
        url = service.address(self._app.name, password)
        for name, value in ((f"{service.name}_password", password), (f"{service.name}_url", url)):
            if files.read_text(self._secrets / name) != value:
                files.write(self._secrets / name, value.encode(), mode=0o400, owner=self._app.uid)

    def _as_declared(self, text: str, images: Mapping[str, str]) -> bool:
        if files.read_text(self._file) != text.strip() or not self.run():
            return False
        found = {each.image: self._engine.container(self.container(each)) for each in self._app.services}
        return all(each and each.image == images[name] for name, each in found.items())

    def _compose_up(self, text: str, images: Mapping[str, str]) -> None:
        files.write(self._file, text.encode(), mode=0o600)
        variables = {compose.variable("SLIPWAY_IMAGE", each.name): images[each.image] for each in self._app.services}
        command = compose.services_up(f"{self._app.name}-services", self._file)
        try:
            done = subprocess.run(
                mortal(command),
                env={**compose.SURROUNDINGS, **variables},
                capture_output=True,
                text=True,
                timeout=COMPOSE_TIMEOUT_S,
                check=False,
            )
            told = done.stderr.strip() if done.returncode else ""
        except subprocess.TimeoutExpired:
            told = f"no end after {COMPOSE_TIMEOUT_S} s"
        if told:
            raise ServiceError(
                f"{self._app.name}: Compose could not start the services. Visitors still get the old release.",
                evidence=told.splitlines()[-10:],
                fix="`journalctl -u docker -n 50` on the host",
            )

    def _wait_for(self, service: Service, looks: int) -> None:
        """Return when a service is ready: as its HEALTHCHECK says, or without one listening at so many looks."""
        deadline, seen = time.monotonic() + READY_TIMEOUT_S, 0
        at_first = self._engine.container(self.container(service))
        most = MOST_RESTARTS + (at_first.restarts if at_first else 0)  # what it went through before is history
        while True:
            container = self._engine.container(self.container(service))
            stays = container is not None and container.running and not container.health
            seen = seen + 1 if container and stays and _listens(container, service.port) else 0
            if seen >= looks or (container and container.running and container.health == "healthy"):
                return
            if container is None or container.restarts >= most:
                raise self._failed(service, _end(container))
            if time.monotonic() >= deadline:
                raise self._failed(service, f"is not ready within {READY_TIMEOUT_S} s")
            time.sleep(PAUSE_S)

    def _failed(self, service: Service, why: str) -> ServiceError:
        name = self.container(service)
        logs = self._engine.logs(name, LOG_LINES)
        return ServiceError(
            f"{self._app.name}: service `{service.name}` {why}. Visitors still get the old release.",
            evidence=[f"last {len(logs)} log lines:", *(f"  {line}" for line in logs)],
            fix=f"`docker logs {name}` on the host shows all of it; correct the cause and deploy again",
        )

    def kept(self) -> list[str]:
        """Return the services that are not declared any more and whose data is still here."""
        declared = {each.name for each in self._app.services}
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted(each.name for each in found if each.is_dir() and each.name not in declared)

    def forget(self, name: str) -> None:
        """Remove a service that is not declared any more, with its passwords and its data."""
        for container in self._containers():
            if container.labels[SERVICE_LABEL] == name:
                self._engine.remove(container.id)
        for file in (f"{name}.password", f"{name}_password", f"{name}_url"):
            files.remove(self._secrets / file)
        files.remove_tree(self._folder / name)

    def _stop_undeclared(self) -> list[str]:
        declared = {self.container(each) for each in self._app.services}
        said = []
        for container in self._containers():
            if container.name not in declared and container.running:
                self._engine.stop(container.id, self._app.main.stop_grace_s)
                name = container.labels[SERVICE_LABEL]
                said.append(f"stopped service {name}, not declared any more; its data stays in {self._folder / name}")
        return said

    def _containers(self) -> list[Container]:
        found = self._engine.containers(f"{APP_LABEL}={self._app.name}", SERVICE_LABEL)
        return [each for each in map(self._engine.container, found) if each]


def _listens(container: Container, port: int) -> bool:
    """Whether something in a container answers on its port: what only runs may be about to end."""
    for address in container.addresses:
        with contextlib.suppress(OSError), socket.create_connection((address, port), ANSWER_S):
            return True
    return False


def _end(container: Container | None) -> str:
    return f"ended {container.restarts} times, with code {container.exit_code}" if container else "is gone"
