"""A far host, for `ssh -o ProxyCommand`: passes bytes on after half a round trip each way.

Usage: relay.py ADDRESS PORT ROUND_TRIP_MS. The kernel of small machines has no netem; this needs nothing of it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable

CHUNK = 65536


async def pass_on(
    take: Callable[[], Awaitable[bytes]], give: Callable[[bytes], Awaitable[None]], delay_s: float
) -> None:
    """Give what is taken, each piece `delay_s` later, without holding the next one up."""
    loop, due = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

    async def deliver() -> None:
        while True:
            moment, piece = await due.get()
            await asyncio.sleep(max(0.0, moment - loop.time()))
            await give(piece)
            if not piece:
                return

    delivery = asyncio.create_task(deliver())
    while True:
        piece = await take()
        due.put_nowait((loop.time() + delay_s, piece))
        if not piece:
            await delivery
            return


async def main(address: str, port: int, delay_s: float) -> None:
    """Connect standard input and output with the far side; ends when the far side does."""
    loop = asyncio.get_running_loop()
    far = socket.create_connection((address, port))
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    far.setblocking(False)

    async def here_take() -> bytes:
        return await loop.run_in_executor(None, os.read, 0, CHUNK)

    async def here_give(piece: bytes) -> None:
        if piece:
            await loop.run_in_executor(None, os.write, 1, piece)

    async def far_give(piece: bytes) -> None:
        if piece:
            await loop.sock_sendall(far, piece)
        else:
            far.shutdown(socket.SHUT_WR)

    sending = asyncio.create_task(pass_on(here_take, far_give, delay_s))
    await pass_on(lambda: loop.sock_recv(far, CHUNK), here_give, delay_s)
    sending.cancel()
    os._exit(0)  # a thread still waits for standard input


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 2000))
