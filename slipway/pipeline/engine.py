"""The Docker engine of a job, as a Unix socket whatever DOCKER_HOST says: tcp with TLS, ssh, or a socket already."""

from __future__ import annotations

import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

LOCAL = "unix://"


class Relay(socketserver.BaseRequestHandler):
    """Joins one connection to the engine; `docker system dial-stdio` knows every kind of address, and its keys."""

    def handle(self) -> None:
        """Pass bytes on until either side ends."""
        environment = {**os.environ, "DOCKER_HOST": self.server.engine}  # type: ignore[attr-defined]
        subprocess.run(
            ["docker", "system", "dial-stdio"], stdin=self.request, stdout=self.request, env=environment, check=False
        )


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on a socket that only this user may open."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, engine: str) -> None:
        self.engine = engine
        super().__init__(str(path), Relay)


@contextmanager
def reached(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give the job's environment with an engine at a Unix socket, for this process and those it starts."""
    engine = environ.get("DOCKER_HOST", "")
    if not engine or engine.startswith(LOCAL):
        yield dict(environ)
        return
    with TemporaryDirectory(prefix="slipway-") as folder:
        socket = Path(folder) / "docker.sock"
        with Server(socket, engine) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            os.environ["DOCKER_HOST"] = f"{LOCAL}{socket}"
            try:
                yield {**environ, "DOCKER_HOST": f"{LOCAL}{socket}"}
            finally:
                os.environ["DOCKER_HOST"] = engine
                server.shutdown()
