"""Send requests at a fixed rate, whatever the answers do, and print what became of them as JSON.

Runs alone, with the standard library only, in the visitor. A connection that the server has closed is noticed before it
is reused, as every client does; nothing is ever sent twice: each request that gets no whole answer counts as failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# The last part is when it was asked for, in seconds since the epoch.
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter, float]
SETTLE_S = 30  # the longest wait for answers after the last request was sent
BODY = b"name=value&" * 20


@dataclass
class Tally:
    """What became of the requests; latencies in seconds.

    `lost` has when each failed one was sent and when its connection was asked for (seconds since the epoch), and
    whether that was being reused and got not one byte: the server may have closed it in the same instant, and a browser
    asks again.
    """

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    lost: list[tuple[float, float, bool]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    first_seen: dict[str, float] = field(default_factory=dict)


class Visitors:
    """Many visitors of one site."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.url = urlsplit(asked.url)
        self.tally = Tally()
        self.idle: list[Connection] = []
        self.context = ssl.create_default_context() if self.url.scheme == "https" else None

    async def run(self) -> Tally:
        """Send everything on time, then wait for what is still out."""
        began = time.monotonic()
        tasks = []
        for number in range(int(self.asked.rate * self.asked.seconds)):
            await asyncio.sleep(max(0.0, began + number / self.asked.rate - time.monotonic()))
            tasks.append(asyncio.create_task(self.visit(number)))
        await asyncio.wait(tasks, timeout=SETTLE_S)
        for task in tasks:
            if not task.done():
                self.tally.errors["no answer in time"] += 1
                self.tally.lost.append((time.time(), time.time(), False))
        return self.tally

    async def visit(self, number: int) -> None:
        """Send one request and note the answer."""
        self.tally.sent += 1
        began, sent = time.monotonic(), time.time()
        reused, opened, connection = False, sent, self.open_one()
        try:
            reused, connection = connection is not None, connection or await self.connect()
            opened = connection[2]
            status, release = await self.exchange(connection, self.request(number))
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.tally.errors[f"{'reused' if reused else 'new'} connection, {type(error).__name__}: {error}"] += 1
            self.tally.lost.append((sent, opened, reused and unanswered(error)))
            return
        if status.startswith("5"):
            self.tally.lost.append((sent, opened, False))
        self.tally.latencies.append(time.monotonic() - began)
        self.tally.statuses[status] += 1
        self.tally.releases[release] += 1
        self.tally.first_seen.setdefault(release, time.time())

    def request(self, number: int) -> bytes:
        """Return the bytes of request `number`: every third is a POST, and a share is slow."""
        slow = self.asked.slow_every and number % self.asked.slow_every == 0
        path = self.asked.slow_path if slow else self.url.path or "/"
        body = BODY if number % 3 == 0 else b""
        lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"Host: {self.url.hostname}"]
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        if self.asked.new_connections:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    async def exchange(self, connection: Connection, request: bytes) -> tuple[str, str]:
        """Return status and release of the answer."""
        reader, writer, _ = connection
        kept = False
        try:
            writer.write(request)
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            await self.body(reader, headers)
            kept = not self.asked.new_connections and headers.get("connection") != "close"
        finally:
            if kept:
                self.idle.append(connection)
            else:
                writer.close()
        return head[0].split()[1], headers.get("x-release", "")

    async def body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> None:
        """Read an answer to its end."""
        if headers.get("transfer-encoding") == "chunked":
            while size := int((await reader.readuntil(b"\r\n")), 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        else:
            await reader.readexactly(int(headers.get("content-length", 0)))

    def open_one(self) -> Connection | None:
        """Return a connection that is open; one that the server has closed is not used."""
        while self.idle:
            reader, writer, opened = self.idle.pop(0)
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer, opened
            writer.close()
        return None

    async def connect(self) -> Connection:
        """Open a connection."""
        opened = time.time()
        port = self.url.port or (443 if self.context else 80)
        reader, writer = await asyncio.open_connection(self.url.hostname, port, ssl=self.context)
        return reader, writer, opened


def unanswered(error: Exception) -> bool:
    """Tell whether a connection ended before the first byte of an answer."""
    if isinstance(error, asyncio.IncompleteReadError):
        return not error.partial and error.expected is None  # it was reading the headers
    return isinstance(error, ConnectionError | ssl.SSLError)


def percentile(latencies: list[float], share: float) -> float:
    """Return the latency in milliseconds that `share` (0 to 1) of the requests stayed below."""
    ordered = sorted(latencies) or [0.0]
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--new-connections", action="store_true", help="a connection for every request")
    parser.add_argument("--slow-every", type=int, default=0, help="every Nth request goes to the slow path; 0: none")
    parser.add_argument("--slow-path", default="/slow")
    tally = asyncio.run(Visitors(parser.parse_args()).run())
    print(
        json.dumps(
            {
                "sent": tally.sent,
                "statuses": tally.statuses,
                "releases": tally.releases,
                "errors": tally.errors,
                "lost": tally.lost,
                "p50_ms": percentile(tally.latencies, 0.5),
                "p99_ms": percentile(tally.latencies, 0.99),
                "worst_ms": percentile(tally.latencies, 1.0),
                "first_seen": tally.first_seen,
            }
        )
    )


if __name__ == "__main__":
    main()
