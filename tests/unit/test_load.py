"""What the load generator calls lost, and which of it is nobody's fault."""

from __future__ import annotations

import argparse
import asyncio

import pytest

from tests.load import Report
from tests.load.generator import Visitors

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CUT = WHOLE[:-1]
NOTHING = b""
BAD = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"


async def asked(*answers: bytes) -> list[tuple[float, float, bool]]:
    """Ask a server once per answer, over one connection while it stays open; return what was lost."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            await reader.readuntil(b"\r\n\r\n")
            answer = left.pop(0)
            writer.write(answer)
            if answer not in (WHOLE, BAD):
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    visitors = Visitors(argparse.Namespace(url=url, slow_every=0, slow_path="", new_connections=False))
    for _ in answers:
        await visitors.visit(1)
    for _, writer, _ in visitors.idle:
        writer.close()
    server.close()
    return visitors.tally.lost


@pytest.mark.parametrize(
    ("answers", "lost"),
    [
        ([WHOLE, WHOLE], []),
        # Closed while it was being reused, before a byte of the answer: a browser asks again.
        ([WHOLE, NOTHING], [True]),
        ([NOTHING], [False]),
        ([WHOLE, CUT], [False]),
        ([WHOLE, b"HTTP/1.1 2"], [False]),
        ([WHOLE, BAD], [False]),
    ],
)
def test_only_an_unanswered_request_on_a_reused_connection_has_an_excuse(
    answers: list[bytes], lost: list[bool]
) -> None:
    assert [reused for *_, reused in asyncio.run(asked(*answers))] == lost


def test_the_excuse_holds_for_the_moment_only() -> None:
    lost = [(5.0, 4.0, True), (12.0, 4.0, True), (15.0, 15.0, False)]
    report = Report(3, {}, {}, {}, lost, 0, 0, 0, {})
    assert report.unexcused((10, 20)) == [5.0, 15.0]
    assert report.unexcused() == [5.0, 12.0, 15.0]
