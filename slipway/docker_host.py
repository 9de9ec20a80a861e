"""The Docker engine that this person's client talks to, as a Unix socket: whatever DOCKER_HOST or the context says."""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError

LOCAL = "unix://"


class Relay(socketserver.BaseRequestHandler):
    """Joins one connection to the engine; `docker system dial-stdio` knows every kind of address, and its keys."""

    def handle(self) -> None:
        """Pass bytes on until either side ends."""
        environment = self.server.environment  # type: ignore[attr-defined]
        subprocess.run(
            ["docker", "system", "dial-stdio"], stdin=self.request, stdout=self.request, env=environment, check=False
        )


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on a socket that only this user may open."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        super().__init__(str(path), Relay)


@contextmanager
def reached(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give an environment with the engine at a Unix socket, for this process and those it starts.

    Raises:
        RefusalError: the context that was chosen does not exist.
    """
    engine = address(environ)
    if not engine or (engine == environ.get("DOCKER_HOST", "") and engine.startswith(LOCAL)):
        yield dict(environ)
    elif engine.startswith(LOCAL):
        with _exported(engine):
            yield {**environ, "DOCKER_HOST": engine}
    else:
        with TemporaryDirectory(prefix="slipway-") as folder:
            socket = Path(folder) / "docker.sock"
            with Server(socket, environ) as server, _exported(f"{LOCAL}{socket}"):
                threading.Thread(target=server.serve_forever, daemon=True).start()
                try:
                    yield {**environ, "DOCKER_HOST": f"{LOCAL}{socket}"}
                finally:
                    server.shutdown()


def address(environ: Mapping[str, str]) -> str:
    """Return where the client finds its engine: DOCKER_HOST, else that of the context in use; empty for the usual one.

    Source: https://docs.docker.com/engine/manage-resources/contexts/

    Raises:
        RefusalError: there is no such context.
    """
    if environ.get("DOCKER_HOST"):
        return environ["DOCKER_HOST"]
    name = environ.get("DOCKER_CONTEXT") or _current(environ)
    if name in ("", "default"):
        return ""
    command = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}", name]
    try:
        found = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""  # who builds says that the client is missing
    if found.returncode:
        where = "DOCKER_CONTEXT, or ~/.docker/config.json"
        raise RefusalError("there is no Docker context of this name", name, where, "docker context ls")
    return found.stdout.strip()


def _current(environ: Mapping[str, str]) -> str:
    folder = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or Path.home()) / ".docker")
    try:
        return str(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("currentContext") or "")
    except (OSError, ValueError, AttributeError):
        return ""


@contextmanager
def _exported(engine: str) -> Iterator[None]:
    """Let this process, too, find the engine there."""
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = engine
    try:
        yield
    finally:
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before
