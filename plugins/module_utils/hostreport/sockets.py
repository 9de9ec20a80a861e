"""Listening sockets and who holds them, from /proc: no program is started."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

# proc(5): the state column of /proc/net/tcp and /proc/net/udp.
TCP_LISTEN = "0A"
UDP_UNCONNECTED = "07"
WORD = 8
SOCKET_LINK = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Listener:
    """A socket that waits for others. `program` is empty where its process can't be seen."""

    protocol: str
    address: str
    port: int
    program: str = ""
    pid: int = 0


def read() -> dict[str, object]:
    """Return the topic `sockets`."""
    return {"listeners": [asdict(one) for one in listeners()]}


def listeners(proc: Path = Path("/proc")) -> list[Listener]:
    """Return the listening TCP and bound UDP sockets, sorted by protocol, port and address."""
    owners = _owners(proc)
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            text = (proc / "net" / table).read_text(encoding="ascii")
        except OSError:
            continue
        for address, port, inode in parse_table(text, udp=table.startswith("udp")):
            pid, program = owners.get(inode, (0, ""))
            found.add(Listener(table[:3], address, port, program, pid))
    return sorted(found, key=lambda one: (one.protocol, one.port, one.address, one.pid))


def parse_table(text: str, *, udp: bool) -> Iterable[tuple[str, int, str]]:
    """Yield (address, port, inode) of the waiting sockets of a /proc/net table."""
    wanted = UDP_UNCONNECTED if udp else TCP_LISTEN
    for line in text.splitlines()[1:]:
        columns = line.split()
        local, state, inode = columns[1], columns[3], columns[9]
        if state == wanted:
            packed, port = local.split(":")
            yield parse_address(packed), int(port, 16), inode


def parse_address(packed: str) -> str:
    """Return the address of a /proc/net table as text: hexadecimal, little-endian words of 32 bits."""
    words = [packed[at : at + WORD] for at in range(0, len(packed), WORD)]
    raw = b"".join(bytes.fromhex(word)[::-1] for word in words)
    address = ipaddress.ip_address(raw)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _owners(proc: Path) -> dict[str, tuple[int, str]]:
    """Map a socket's inode to the first process that holds it."""
    owners: dict[str, tuple[int, str]] = {}
    for process in sorted((entry for entry in proc.iterdir() if entry.name.isdigit()), key=lambda e: int(e.name)):
        try:
            links = [os.readlink(link) for link in (process / "fd").iterdir()]  # noqa: PTH115 - no path: a socket
            name = (process / "comm").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        for link in links:
            if match := SOCKET_LINK.fullmatch(link):
                owners.setdefault(match[1], (int(process.name), name))
    return owners
