"""Caddy as role caddy sets it up for an app with exposure `tunnel`, in a network of its own, with a slot behind it."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import architecture_of, fetch, load
from tests.e2e.tunnel.shown import listening
from tests.templates.rendering import render

from .namespace import Namespace
from .waiting import until

DOMAIN = "dev.example.com"
RELEASE = "20260101-tunnel"
APP = {"name": "shop", "domains": [DOMAIN], "exposure": "tunnel", "build": "app", "dockerfile": "Dockerfile"}
SLOW_PATH, SLOW_S = "/slow", 3.0
SLOW = threading.Event()  # such a request has come


class Slot(BaseHTTPRequestHandler):
    """Says what it was asked; takes its time where it is asked to."""

    def do_GET(self) -> None:
        if self.path == SLOW_PATH:
            SLOW.set()
            time.sleep(SLOW_S)
        said = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def standing(namespace: Namespace, folder: Path) -> Iterator[Path]:
    """Serve while the context is open; gives the PEM file of the authority that Caddy's certificates are from."""
    [app] = complete([APP])
    app["live_dir"] = str(folder / "live")
    _write(folder, app)
    with ExitStack() as stack:
        with namespace.entered():
            stack.enter_context(
                listening(
                    ThreadingHTTPServer(
                        ("127.0.0.1", cast("dict[str, dict[str, int]]", app["slots"])["blue"]["port"]), Slot
                    )
                )
            )
            sockets = [stack.enter_context(one) for one in _listeners()]
        stack.enter_context(_caddy(namespace, folder, sockets))
        yield _authority(folder)


def _write(folder: Path, app: dict[str, object]) -> None:
    inputs = {"slipway_apps": [APP], "__caddy_apps": [app], "__caddy_data_dir": f"{folder}/data"}
    inputs |= {"__caddy_log_dir": f"{folder}/log", "pages_dir": str(folder), "app": app}
    for name in ("live", "run", "sites", "conf.d"):
        (folder / name).mkdir()
    for name, template in (
        ("Caddyfile", "Caddyfile.j2"),
        ("answers.caddy", "caddy/answers.caddy.j2"),
        ("sites/shop.caddy", "caddy/site.caddy.j2"),
    ):
        (folder / name).write_text(render("caddy", template, **inputs).replace("/run/caddy", f"{folder}/run"))
    (folder / "live" / "blue.release").write_text(RELEASE)


def _listeners() -> list[socket.socket]:
    """Return what caddy.socket holds: where nobody outside is meant to get in, on loopback."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 443))
    return [socket.create_server(("127.0.0.1", 80)), socket.create_server(("127.0.0.1", 443)), datagrams]


@contextmanager
def _caddy(namespace: Namespace, folder: Path, sockets: list[socket.socket]) -> Iterator[None]:
    names = zip(("PLAIN_SOCKET", "SECURE_SOCKET", "QUIC_SOCKET"), ("fd", "fd", "fdgram"), sockets, strict=True)
    inherited = {name: f"{kind}/{one.fileno()}" for name, kind, one in names}
    program = str(fetch(load("caddy", architecture_of(platform.machine()))))
    with (folder / "caddy.log").open("w") as err:
        running = subprocess.Popen(
            namespace.command([program, "run", "--config", "Caddyfile"], folder),
            env={**os.environ, **inherited, "HOME": str(folder)},
            pass_fds=[one.fileno() for one in sockets],
            stdout=err,
            stderr=err,
        )
        try:
            yield
        finally:
            running.terminate()
            running.wait()


def _authority(folder: Path) -> Path:
    """Wait until Caddy serves; it makes its authority first, then the certificates."""
    until(lambda: bool(list((folder / "data").glob(f"certificates/local/{DOMAIN}/*.crt"))), folder / "caddy.log")
    return folder / "data" / "pki" / "authorities" / "local" / "root.crt"
