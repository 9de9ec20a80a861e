"""Cloudflare's public side for one name: asks visitors to log in where the account has a guard, else the tunnel."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

from slipway.rig.keys import certified
from tests.e2e.tunnel.shown import listening
from tests.unit.cloudflare.standin import TEAM, StandIn

from .edge import Edge
from .front import DOMAIN
from .trycloudflare import NOT_CONNECTED, Quiet

ADDRESS = "127.0.0.77"  # of this machine, where the visitor of `make tunnel` is


@contextmanager
def side(edge: Edge, account: StandIn, folder: Path) -> Iterator[Path]:
    """Answer while the context is open; gives the authority to believe, a PEM file."""
    server, authority = certified(DOMAIN)
    (folder / "public.pem").write_text(server.public + server.private)
    (folder / "public-ca.pem").write_text(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "public.pem")
    public = ThreadingHTTPServer((ADDRESS, 443), _handler(edge, account))
    public.socket = context.wrap_socket(public.socket, server_side=True)
    with listening(public):
        yield folder / "public-ca.pem"


def _handler(edge: Edge, account: StandIn) -> type[Quiet]:
    class Visited(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
            if account.apps:
                self.answer(302, b"", Location=f"https://{TEAM}.cloudflareaccess.com/login")
                return
            try:
                answer = edge.ask(DOMAIN, self.path)
            except ConnectionError:
                self.answer(NOT_CONNECTED, b"error code: 1033")
            else:
                self.answer(answer.status, answer.body, **{"X-Release": answer.headers.get("x-release", "")})

    return Visited
