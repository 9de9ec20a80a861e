"""cloudflared as the unit of role cloudflared runs it: its command line, its files, its routes."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.templates import routes
from tests.templates.rendering import render

from . import waiting
from .front import APP
from .namespace import Namespace

CREDENTIALS = {
    "AccountTag": "0123456789abcdef0123456789abcdef",
    "TunnelID": "01234567-89ab-cdef-0123-456789abcdef",
    "TunnelSecret": "Y2FuYXJ5LW9mLWEtdHVubmVsLXNlY3JldC0zMi1ieXRlcw==",
}
METRICS_PORT = 19241
ASK_S = 5.0


@dataclass(frozen=True)
class Setting:
    """What a run depends on: program, network, folder for its files, environment that leads it to the tests' edge."""

    program: Path
    namespace: Namespace
    folder: Path
    environment: Mapping[str, str]
    origin_authority: Path


@dataclass(frozen=True)
class Daemon:
    """A running cloudflared."""

    process: subprocess.Popen[bytes]
    namespace: Namespace
    log: Path

    def ready(self) -> tuple[int, int]:
        """Return the status of `/ready` and the number of connections that it names; (0, 0) where nobody answers."""
        try:
            with self.namespace.entered():
                asked = http.client.HTTPConnection("127.0.0.1", METRICS_PORT, timeout=ASK_S)
                asked.connect()
            asked.request("GET", "/ready")
            answer = asked.getresponse()
            return answer.status, cast(int, json.loads(answer.read())["readyConnections"])
        except OSError:
            return 0, 0
        finally:
            asked.close()

    def until(self, what: Callable[[], bool]) -> float:
        """Return the seconds until it holds."""
        return waiting.until(what, self.log)

    def ended(self) -> int:
        """Wait for its end and return the exit code."""
        self.until(lambda: self.process.poll() is not None)
        return self.process.returncode


@contextmanager
def running(setting: Setting, **inputs: object) -> Iterator[Daemon]:
    """Run it while the context is open, with these inputs of the role."""
    log = setting.folder / f"cloudflared-{time.monotonic_ns()}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            setting.namespace.command(_command(setting, **inputs), setting.folder),
            env={"PATH": os.environ["PATH"], **setting.environment},
            stdout=out,
            stderr=out,
        )
        try:
            yield Daemon(process, setting.namespace, log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()


def _command(setting: Setting, **inputs: object) -> list[str]:
    """Write what the role writes, do what systemd does with the unit's LoadCredential; return its ExecStart."""
    given = {
        "slipway_apps": [APP],
        "cloudflared_credentials": CREDENTIALS,
        "cloudflared_protocol": "http2",
        "cloudflared_metrics_port": METRICS_PORT,
        "__cloudflared_folder": str(setting.folder),
        "__cloudflared_runtime": str(setting.folder / "runtime"),
        "__cloudflared_binary": str(setting.program),
        "__cloudflared_origin_ca": str(setting.origin_authority),
        **inputs,
    }
    routes.write(setting.folder / "config.yml", **given)
    (setting.folder / "credentials.json").write_text(json.dumps(CREDENTIALS))
    unit = render("cloudflared", "cloudflared.service.j2", **given).replace("\\\n", "")
    (setting.folder / "runtime").mkdir(exist_ok=True)
    for name, path in re.findall(r"^LoadCredential=(.+):(.+)$", unit, re.MULTILINE):
        shutil.copy(path, setting.folder / "runtime" / name)
    [line] = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    return cast(str, line).split()
