"""An edge of the tests' own on loopback: what Cloudflare's does for one cloudflared over HTTP/2, and no more."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import capnp

from slipway.rig.keys import certified

from .connection import Answer, Connection
from .namespace import Namespace
from .registrar import Registrar

# connection/protocol.go of cloudflared's source: the name that it wants the edge to have when it speaks HTTP/2.
NAME = "h2.cftunnel.com"
ADDRESS, PORT = "127.0.0.1", 7844
CALL_S = 60.0
Result = TypeVar("Result")


class Edge:
    """Listens for cloudflared in a network of its own; every method may be called from the test's thread."""

    def __init__(self, namespace: Namespace, folder: Path) -> None:
        self._namespace, self._folder = namespace, folder
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: list[Connection] = []
        self.registrar = Registrar()
        self.authority = folder / "edge-ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        """What leads cloudflared here instead of to Cloudflare."""
        return {"TUNNEL_EDGE": f"{ADDRESS}:{PORT}", "TUNNEL_CACERT": str(self.authority)}

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen while the context is open."""
        ready, over = threading.Event(), asyncio.Event()

        async def listen() -> None:
            self._loop = asyncio.get_running_loop()
            async with await asyncio.start_server(self._met, sock=listener, ssl=context):
                ready.set()
                await over.wait()
                self._drop()

        context = self._identity()
        with self._namespace.entered():
            listener = socket.create_server((ADDRESS, PORT))
        thread = threading.Thread(target=lambda: asyncio.run(capnp.run(listen())))
        thread.start()
        assert ready.wait(CALL_S)
        try:
            yield
        finally:
            assert self._loop
            self._loop.call_soon_threadsafe(over.set)
            thread.join(CALL_S)

    def ask(self, host: str, path: str = "/", method: str = "GET", **headers: str) -> Answer:
        """Return what a visitor gets; `cf_ray="1"` sends the header `cf-ray: 1`.

        Raises:
            ConnectionError: no cloudflared is connected, or it went away meanwhile.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.relay(method, host, path, named)

    def relay(self, method: str, host: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request as it is; raises what `ask` raises."""
        connected = [one for one in self._connections if one.taken_in.is_set()]
        if not connected:
            raise ConnectionError("no cloudflared is connected")
        return self._call(connected[-1].ask(method, host, path, headers, body))

    def drop(self) -> None:
        """Break every connection."""
        assert self._loop
        self._loop.call_soon_threadsafe(self._drop)

    def _drop(self) -> None:
        for connection in self._connections:
            connection.drop()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self.registrar)
        self._connections.append(connection)
        try:
            await connection.serve()
        finally:
            self._connections.remove(connection)

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        assert self._loop
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_S)

    def _identity(self) -> ssl.SSLContext:
        server, authority = certified(NAME)
        self.authority.write_text(authority)
        chain = self._folder / "edge.pem"
        chain.write_text(server.public + server.private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context
