"""The edge's side of the control stream: takes registrations in, or refuses them (Cap'n Proto RPC)."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import capnp

SCHEMA = capnp.load(str(Path(__file__).with_name("registration.capnp")))


@dataclass(frozen=True)
class Registration:
    """What cloudflared said of itself."""

    account: str
    secret: bytes
    tunnel: str
    version: str


class Registrar:
    """Notes who registers and leaves; while `refusal` is not empty, nobody is taken in."""

    def __init__(self) -> None:
        self.registered: list[Registration] = []
        self.refused = self.left = 0
        self.refusal = ""

    async def serve(self, stream: socket.socket, taken_in: Callable[[], None]) -> None:
        """Speak on the stream of one connection until the other end closes it; says when that is taken in."""
        wire = await capnp.AsyncIoStream.create_connection(sock=stream)
        await capnp.TwoPartyServer(wire, bootstrap=Desk(self, taken_in)).on_disconnect()


class Desk(SCHEMA.Registration.Server):  # type: ignore[misc, name-defined]  # made from the schema at run time
    """Where one connection registers."""

    def __init__(self, registrar: Registrar, taken_in: Callable[[], None]) -> None:
        self._registrar, self._taken_in = registrar, taken_in

    async def register(self, auth: Any, tunnel: bytes, options: Any, _context: Any, **_: Any) -> None:
        """Answer cloudflared's first call."""
        if self._registrar.refusal:
            self._registrar.refused += 1
            _context.results.result.result.init("refusal").cause = self._registrar.refusal
            return
        self._registrar.registered.append(
            Registration(auth.accountTag, auth.tunnelSecret, str(uuid.UUID(bytes=tunnel)), options.client.version)
        )
        details = _context.results.result.result.init("details")
        details.uuid, details.locationName = uuid.uuid4().bytes, "loopback"
        self._taken_in()

    async def unregister(self, _context: Any, **_: Any) -> None:
        """Take note that it leaves on purpose."""
        self._registrar.left += 1

    async def tell(self, _context: Any, **_: Any) -> None:
        """Hear which routes it has."""
