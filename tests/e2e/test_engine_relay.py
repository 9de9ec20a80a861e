"""A job's engine behind an address that is no Unix socket: the build code, which wants one, reaches it all the same."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway import docker_host
from slipway.rig.engine import connect

ENGINE = "/var/run/docker.sock"

pytestmark = pytest.mark.rig


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):  # either side may be gone before the other
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class ToTheEngine(socketserver.BaseRequestHandler):
    """Joins a connection to this machine's engine, both ways, until both have ended."""

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as behind:
            behind.connect(ENGINE)
            answers = threading.Thread(target=pump, args=(behind, self.request))
            answers.start()
            pump(self.request, behind)
            answers.join()


@pytest.fixture
def remote_engine() -> Iterator[str]:
    """This machine's engine at a TCP port, as a `docker:dind` service is."""
    connect().close()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), ToTheEngine) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_engine_at_a_tcp_address_is_reached_by_a_unix_socket(
    remote_engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", remote_engine)
    with docker_host.reached(dict(os.environ)) as job:
        address = job["DOCKER_HOST"]
        assert address.startswith("unix://")
        asked = subprocess.run(
            ["docker", "info", "--format", "{{.ID}}"], env=job, capture_output=True, text=True, check=True
        )
    here = subprocess.run(
        ["docker", "--host", f"unix://{ENGINE}", "info", "--format", "{{.ID}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == here.stdout
    assert not Path(address.removeprefix("unix://")).exists()


def test_an_engine_at_a_unix_socket_is_used_as_it_is() -> None:
    with docker_host.reached({"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}) as job:
        assert job == {"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}
    with docker_host.reached({}) as job:
        assert job == {}
