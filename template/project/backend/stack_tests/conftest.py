"""The running stack: the one at STACK_URL, else one that is started here with a new database."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

BACKEND = Path(__file__).parents[1]
PATIENCE_S = 20.0


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the stack."""
    if given := os.environ.get("STACK_URL"):
        yield given.rstrip("/")
        return
    folder = tmp_path_factory.mktemp("stack")
    (folder / "jwt_key").write_text(secrets.token_urlsafe(48))
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder}/data.db",
        "SECRETS_DIR": str(folder),
        "PYTHONPATH": str(BACKEND / "src"),
    }
    environment.pop("QUEUE_URL", None)
    subprocess.run([sys.executable, "-m", "alembic", "-q", "upgrade", "head"], cwd=BACKEND, env=environment, check=True)
    port = _free_port()
    command = [sys.executable, "-m", "flask", "--app", "app.api", "run", "--port", str(port)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=BACKEND, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            yield _ready(f"http://127.0.0.1:{port}", folder / "log")
        finally:
            server.terminate()


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    """Yield a client without an account."""
    with httpx.Client(base_url=f"{url}/api/", timeout=PATIENCE_S) as client:
        yield client


class Person:
    """Somebody with a new account: each run has its own, so the data that is there does not matter."""

    def __init__(self, api: httpx.Client) -> None:
        self.api = api
        who = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
        self.email = who["email"]
        assert api.post("users", json=who).status_code == 201
        self.take(api.post("tokens", json=who))

    def take(self, answer: httpx.Response) -> None:
        """Use the tokens of an answer from now on."""
        assert answer.status_code == 201, answer.text
        self.refresh_token = answer.json()["refresh_token"]
        self.api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


@pytest.fixture
def person(api: httpx.Client) -> Person:
    return Person(api)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _ready(url: str, log: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return url
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(log.read_text())
