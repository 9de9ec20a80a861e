"""Visitors under measurement; runs in the rig's visitor with nothing but Python's library.

Usage: load.py '{"host": ..., "rate": ..., "stop": ..., "seconds": ...}'. Prints one JSON object at the end. A failure
is whatever a browser would show as one: another status than 200, a reset, a cut answer, no answer in 30 s.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
import ssl
import sys
import time

ANSWER_TIMEOUT_S = 30
ROOT = "/etc/slipway/root.pem"


class Load:
    """Keep-alive clients, clients with a new connection a request, slow requests and event streams."""

    def __init__(self, given: dict[str, object]) -> None:
        self.host = str(given["host"])
        self.rate = float(str(given.get("rate", 50)))
        self.clients = int(str(given.get("clients", 10)))
        self.fresh = int(str(given.get("fresh", 2)))
        self.slow = int(str(given.get("slow", 1)))
        self.slow_s = float(str(given.get("slow_s", 3)))
        self.streams = int(str(given.get("streams", 1)))
        self.stop = pathlib.Path(str(given["stop"]))
        self.deadline = time.monotonic() + float(str(given.get("seconds", 300)))
        self.context = ssl.create_default_context(cafile=ROOT)
        self.latencies: list[float] = []
        self.failures: list[str] = []
        self.lost: list[tuple[float, bool]] = []
        self.releases: dict[str, float] = {}
        self.slow_done = self.streams_done = 0
        self.over = False

    async def run(self) -> dict[str, object]:
        """Ask until the stop file appears or the time is up; return what was seen."""
        paced = [self.paced(number, keep=number >= self.fresh) for number in range(self.clients)]
        others = [self.waits() for _ in range(self.slow)] + [self.listens() for _ in range(self.streams)]
        await asyncio.gather(self.watches(), *paced, *others)
        ordered = sorted(self.latencies) or [0.0]
        return {
            "requests": len(self.latencies) + self.slow_done + self.streams_done,
            "failures": len(self.failures),
            "examples": self.failures[:10],
            "lost": self.lost,
            "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
            "p99_ms": round(1000 * ordered[int(len(ordered) * 0.99)], 2),
            "worst_ms": round(1000 * ordered[-1], 2),
            "releases": self.releases,
            "slow": self.slow_done,
            "streams": self.streams_done,
        }

    async def watches(self) -> None:
        """Look for the end."""
        while not self.over:
            self.over = self.stop.exists() or time.monotonic() > self.deadline
            await asyncio.sleep(0.05)

    async def paced(self, number: int, *, keep: bool) -> None:
        """One client of many: GET and POST in turn, at its share of the rate."""
        pause, connection, turn = self.clients / self.rate, None, number
        await asyncio.sleep(pause * number / self.clients)
        due = time.monotonic()
        while not self.over:
            turn += 1
            begun, sent = time.monotonic(), time.time()
            if connection and connection[0].at_eof():  # closed by the server, which every client notices
                connection[1].close()
                connection = None
            reused = connection is not None
            try:
                connection = connection or await self.connect()
                await asyncio.wait_for(self.ask(connection, turn), ANSWER_TIMEOUT_S)
                self.latencies.append(time.monotonic() - begun)
                if not keep or connection[1].is_closing():
                    connection[1].close()
                    connection = None
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                self.failures.append(f"{time.time():.2f} {'reused' if reused else 'new'} {error!r}"[:300])
                self.lost.append((sent, reused and unanswered(error)))
                connection = None
            due = max(due + pause, time.monotonic() - 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def waits(self) -> None:
        """Requests that take `slow_s` seconds."""
        while not self.over:
            try:
                connection = await self.connect()
                await asyncio.wait_for(self.request(connection, "GET", f"/slow?s={self.slow_s}", b""), ANSWER_TIMEOUT_S)
                connection[1].close()
                self.slow_done += 1
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                self.failures.append(f"{time.time():.2f} slow {error!r}"[:300])
                self.lost.append((time.time(), False))
                await asyncio.sleep(0.1)

    async def listens(self) -> None:
        """Event streams of four seconds that must come to their end."""
        while not self.over:
            try:
                reader, writer = await self.connect()
                writer.write(f"GET /events?s=4 HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode())
                text = await asyncio.wait_for(reader.read(-1), ANSWER_TIMEOUT_S)
                writer.close()
                if b"data: end" in text:
                    self.streams_done += 1
                else:
                    self.failures.append(f"{time.time():.2f} stream cut after {text[-100:]!r}")
                    self.lost.append((time.time(), False))
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                self.failures.append(f"{time.time():.2f} stream {error!r}"[:300])
                self.lost.append((time.time(), False))
                await asyncio.sleep(0.1)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection with TLS."""
        opening = asyncio.open_connection(self.host, 443, ssl=self.context, server_hostname=self.host)
        return await asyncio.wait_for(opening, ANSWER_TIMEOUT_S)

    async def ask(self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], turn: int) -> None:
        """GET or POST, in turn; what was posted must have arrived."""
        if turn % 2:
            await self.request(connection, "GET", f"/page/{turn}", b"")
            return
        sent = b"x" * 2000
        answer = await self.request(connection, "POST", f"/form/{turn}", sent)
        if answer.strip() != b"2000":
            raise ValueError(f"posted 2000 bytes, {answer[:60]!r} arrived")

    async def request(
        self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], method: str, path: str, body: bytes
    ) -> bytes:
        """Send one request and return the body of its answer."""
        reader, writer = connection
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        answer = await reader.readexactly(int(headers["content-length"])) if "content-length" in headers else b""
        if headers.get("connection") == "close":  # an honest wish of the server's, which every client heeds
            writer.close()
        if " 200" not in status:
            raise ValueError(f"{status} {answer[:80]!r}")
        if not self.releases:
            self.stop.with_suffix(".begun").touch()
        self.releases.setdefault(headers.get("x-release", ""), time.time())
        return answer


def unanswered(error: Exception) -> bool:
    """Tell whether a connection ended before the first byte of an answer: a browser asks again over another one."""
    if isinstance(error, asyncio.IncompleteReadError):
        return not error.partial and error.expected is None  # it was reading the headers
    return isinstance(error, ConnectionError | ssl.SSLError)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Load(json.loads(sys.argv[1])).run())))
