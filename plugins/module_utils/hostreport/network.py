"""Addresses, and what systemd listens on for units."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from .sources import output

Tree = dict[str, object]

INTERFACES = Path("/sys/class/net")
# Far away in either family, as Ansible's own facts ask: what answers is the default route. Nothing is sent.
FAR_AWAY = (("-4", "8.8.8.8"), ("-6", "2404:6800:400a:800::1012"))


def read() -> Tree:
    """Return the topic `network`.

    `outside` are the interfaces of the default routes, `sources` the host's addresses on them, `bridges` the addresses
    of each bridge.
    """
    routes = [output(["ip", family, "route", "get", target]) for family, target in FAR_AWAY]
    return {
        "outside": words_behind("dev", routes),
        "sources": words_behind("src", routes) or socket_addresses(),
        "bridges": bridges(INTERFACES, output(["ip", "-o", "addr", "show"])),
        "hostname": socket.gethostname(),
        "addresses": addresses(),
        "activated": parse_sockets(output(["systemctl", "list-sockets", "--no-legend", "--no-pager", "--plain"])),
    }


def words_behind(label: str, routes: list[str]) -> list[str]:
    """Return the word behind a label in each answer of `ip route get`, each once."""
    return sorted({found[1] for route in routes if (found := re.search(rf"\b{label} (\S+)", route))})


def bridges(interfaces: Path, listing: str) -> dict[str, list[str]]:
    """Return the addresses of each bridge, from the kernel's interfaces and what `ip -o addr show` prints."""
    found: dict[str, list[str]] = {path.parent.name: [] for path in sorted(interfaces.glob("*/bridge"))}
    for line in listing.splitlines():
        words = line.split()
        if len(words) > 3 and words[1] in found:  # noqa: PLR2004 - the column of the address in `ip -o addr`
            found[words[1]].append(words[3].split("/")[0])
    return found


def addresses() -> list[str]:
    """Return the host's own addresses, loopback and link-local ones left out."""
    listing = output(["ip", "-o", "addr", "show", "scope", "global"])
    if not listing:
        return socket_addresses()
    return sorted({line.split()[3].split("/")[0] for line in listing.splitlines() if len(line.split()) > 3})  # noqa: PLR2004 - the column of the address in `ip -o addr`


def socket_addresses() -> list[str]:
    """Return the address that traffic to the Internet would leave from, where `ip` is not installed. Sends nothing."""
    found = []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
            except OSError:
                continue
            found.append(str(probe.getsockname()[0]))
    return found


def parse_sockets(listing: str) -> dict[str, str]:
    """Map what systemd listens on (`[::]:443`, `/run/x.sock`) to the unit it activates."""
    rows = (line.split() for line in listing.splitlines())
    return {row[0]: row[-1] for row in rows if len(row) > 1}
