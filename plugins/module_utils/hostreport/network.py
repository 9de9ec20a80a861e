"""Addresses, and what systemd listens on for units."""

from __future__ import annotations

import socket

from .sources import output

Tree = dict[str, object]


def read() -> Tree:
    """Return the topic `network`."""
    return {
        "hostname": socket.gethostname(),
        "addresses": addresses(),
        "activated": parse_sockets(output(["systemctl", "list-sockets", "--no-legend", "--no-pager", "--plain"])),
    }


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
