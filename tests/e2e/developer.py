"""A developer: somebody with a home, a checkout of an app, and the commands behind `make local`."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from slipway.local.place import Place

ROOT = Path(__file__).resolve().parents[2]
HEADLINE = "Make a strong password"
ANSWER_S = 30
SLOWEST_S = 60  # where nothing else runs a change is on the page in under 2 s; here other tests may run


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    headers: Message
    body: str


@dataclass
class Developer:
    """A person with a home, a checkout of the app, and the commands behind `make local`."""

    home: Path
    name: str
    folder: Path

    @property
    def place(self) -> Place:
        return Place(self.home / "state" / "slipway" / "local", self.name)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        mine = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), "XDG_CACHE_HOME": cache}
        command = [sys.executable, "-m", "slipway", "local", *arguments, "--app", str(self.folder)]
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **mine},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *arguments: str) -> str:
        done = self.run("up", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[0]

    def get(self, path: str, *, secure: bool = True) -> Answer:
        """Ask with only the local authority trusted, by the name that the certificate must have."""
        ports = self.place.ports()
        assert ports
        domain = f"{self.name}.localhost"
        connection = http.client.HTTPConnection(domain, ports.secure if secure else ports.plain, timeout=ANSWER_S)
        connection.sock = socket.create_connection(("127.0.0.1", connection.port), timeout=ANSWER_S)
        if secure:
            context = ssl.create_default_context(cafile=str(self.place.authority))
            connection.sock = context.wrap_socket(connection.sock, server_hostname=domain)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return Answer(answer.status, answer.headers, body)

    def seconds_until(self, text: str) -> float:
        """Ask again and again until the text is on the page; requests wait while the app starts again."""
        started = time.monotonic()
        while text not in (answer := self.get("/")).body:
            assert time.monotonic() - started < SLOWEST_S, (answer.status, answer.body)
        return time.monotonic() - started


def with_strongbox(home: Path) -> Developer:
    """Give a developer a copy of Strongbox beside no inventory at all."""
    folder = home / "strongbox"
    shutil.copytree(ROOT / "app", folder, ignore=shutil.ignore_patterns(".venv", "wheelhouse", "__pycache__", "tests"))
    shutil.copy(ROOT / "compose" / "strongbox" / "Dockerfile", folder)
    (folder / "slipway.yml").write_text(
        "name: passwords\nsecrets: [secret_key, kek]\nhook: [sh, -c, date > /data/migrated]\n"
    )
    return Developer(home, "passwords", folder)
