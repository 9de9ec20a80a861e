"""What a tunnel of this machine can show: a port, an app of `make local`, a service of Compose."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from slipway.local.images import artifact
from slipway.local.place import Place
from slipway.local.ports import Ports
from slipway.rig.keys import certified


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[int]:
    """Serve while the context is open; gives the port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def port(folder: Path) -> Iterator[int]:
    """Serve a page on loopback; gives the port."""
    (folder / "index.html").write_text("<h1>From my laptop</h1>")
    with listening(
        ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    ) as at:
        yield at


class EchoHost(BaseHTTPRequestHandler):
    """Says by which name it was asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"Asked as {self.headers['Host']}".encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def local_app(state: Path) -> Iterator[None]:
    """Serve by a local authority's certificate as app `shop`, noted in `state` as `make local` notes it."""
    place = Place(state / "slipway" / "local", "shop")
    place.make()
    place.authority.parent.mkdir(parents=True)
    listener, authority = certified("shop.localhost")
    place.authority.write_text(authority)
    (state / "chain.pem").write_text(listener.public + listener.private)
    server = ThreadingHTTPServer(("127.0.0.1", 0), EchoHost)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(state / "chain.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    place.keep_ports(Ports(80, server.server_port))
    with listening(server):
        yield


@contextmanager
def service(folder: Path, image: str) -> Iterator[None]:
    """Run service `web` of project `tunnelled`, on a port of loopback that Docker chooses."""
    (folder / "index.html").write_text("From a service")
    web = {"image": image, "command": ["python3", "-m", "http.server", "-d", "/site", "8000"]}
    web |= {"ports": ["127.0.0.1::8000"], "volumes": [f"{folder}:/site:ro"]}
    (folder / "compose.yml").write_text(yaml.safe_dump({"name": "tunnelled", "services": {"web": web}}))
    compose = [str(artifact("docker-compose")), "--file", str(folder / "compose.yml")]
    try:
        subprocess.run([*compose, "up", "--detach"], check=True, capture_output=True)
        yield
    finally:
        subprocess.run([*compose, "down", "--timeout", "0"], check=True, capture_output=True)
