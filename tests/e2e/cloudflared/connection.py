"""One connection that cloudflared has dialled: HTTP/2 with the roles turned round: the edge asks, it answers."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded, StreamReset

from .registrar import Registrar

READ_BYTES = 65_536
BETWEEN_S = 0.05
# Header names of the protocol between the edge and cloudflared: connection/http2.go and header.go of its source.
CONTROL = {"cf-cloudflared-proxy-connection-upgrade": "control-stream"}
ORIGINS_HEADERS = "cf-cloudflared-response-headers"


@dataclass(frozen=True)
class Answer:
    """What came back through the tunnel; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Exchange:
    """A request under way."""

    headers: dict[str, str] = field(default_factory=dict)
    body: asyncio.StreamReader = field(default_factory=asyncio.StreamReader)


class Connection:
    """Asks over one connection; `serve` has to run meanwhile. No visitor is for it before it is `taken_in`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, registrar: Registrar) -> None:
        self._reader, self._writer, self._registrar = reader, writer, registrar
        self._http2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._exchanges: dict[int, Exchange] = {}
        self._gone = False
        self.taken_in = threading.Event()

    async def serve(self) -> None:
        """Open the control stream, then take in what arrives until the other end hangs up."""
        self._http2.initiate_connection()
        control = asyncio.create_task(self._control())
        try:
            while received := await self._reader.read(READ_BYTES):
                for event in self._http2.receive_data(received):
                    self._take(event)
                await self._flush()
        except ConnectionError:
            pass  # it hung up
        finally:
            self._gone = True
            for exchange in self._exchanges.values():
                exchange.body.set_exception(ConnectionResetError("cloudflared is gone"))
            self._exchanges.clear()
            await asyncio.gather(control, return_exceptions=True)
            self._writer.close()

    def drop(self) -> None:
        """Go away without a word."""
        self._writer.transport.abort()

    async def ask(self, method: str, host: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a visitor's request down the tunnel; return the answer.

        Raises:
            ConnectionError: the connection broke first.
        """
        exchange = await self._begin(method, host, path, headers, body)
        content = await exchange.body.read()
        return Answer(int(exchange.headers[":status"]), _of_origin(exchange.headers), content)

    async def _begin(
        self, method: str, host: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Exchange:
        """Send a request; with `body` None its stream stays open for more."""
        if self._gone:
            raise ConnectionResetError("cloudflared is gone")
        number = self._http2.get_next_available_stream_id()
        exchange = self._exchanges[number] = Exchange()
        names = {":method": method, ":scheme": "https", ":authority": host, ":path": path}
        self._http2.send_headers(number, [*names.items(), *headers.items()], end_stream=body == b"")
        if body:
            self._http2.send_data(number, body, end_stream=True)
        await self._flush()
        return exchange

    async def _control(self) -> None:
        """Have the registrar speak on a stream of its own; hang up when that ends and nothing is under way."""
        exchange = await self._begin("GET", "control", "/", CONTROL, None)
        [number] = [number for number, known in self._exchanges.items() if known is exchange]
        ours, registrars = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        served = asyncio.create_task(self._registrar.serve(registrars, self.taken_in.set))
        answers = asyncio.create_task(self._send_on(reader, number))
        try:
            while heard := await exchange.body.read(READ_BYTES):
                writer.write(heard)
        finally:
            writer.close()
            await asyncio.gather(served, answers, return_exceptions=True)
            while self._exchanges:
                await asyncio.sleep(BETWEEN_S)
            self._writer.close()

    async def _send_on(self, reader: asyncio.StreamReader, number: int) -> None:
        while said := await reader.read(READ_BYTES):
            self._http2.send_data(number, said)
            await self._flush()

    def _take(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self._writer.close()
        exchange = self._exchanges.get(getattr(event, "stream_id", None) or 0)
        if not exchange:
            return  # of the connection as a whole, or of a request that is answered already
        if isinstance(event, ResponseReceived):
            exchange.headers = {str(name): str(value) for name, value in event.headers}
        elif isinstance(event, DataReceived):
            exchange.body.feed_data(event.data)
            self._http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            exchange.body.feed_eof()
            del self._exchanges[event.stream_id]
        elif isinstance(event, StreamReset):
            exchange.body.set_exception(ConnectionResetError("cloudflared reset it"))
            del self._exchanges[event.stream_id]

    async def _flush(self) -> None:
        self._writer.write(self._http2.data_to_send())
        await self._writer.drain()


def _of_origin(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the origin's headers: cloudflared packs them into one, as base64(name):base64(value) joined by `;`."""
    packed = [pair.split(":") for pair in headers.get(ORIGINS_HEADERS, "").split(";") if pair]
    return {_plain(name).lower(): _plain(value) for name, value in packed}


def _plain(text: str) -> str:
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
