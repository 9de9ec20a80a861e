"""The ports that visitors of this machine use: 80 and 443, or others where those are taken."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

ADDRESS = "127.0.0.1"
# The usual second choices, then whatever is free above them.
PLAIN = (80, *range(8080, 8180))
SECURE = (443, *range(8443, 8543))
CONNECT_TIMEOUT_S = 0.5


@dataclass(frozen=True)
class Ports:
    """One for HTTP, one for HTTPS."""

    plain: int
    secure: int

    @property
    def usual(self) -> bool:
        """Whether an address needs no port."""
        return self == Ports(80, 443)

    def url(self, domain: str) -> str:
        """Return the address of the app."""
        return f"https://{domain}/" if self.secure == 443 else f"https://{domain}:{self.secure}/"  # noqa: PLR2004


def pick(is_taken: Callable[[int], bool], own: Iterable[int] = ()) -> Ports:
    """Return the first pair that nobody else listens on.

    Args:
        is_taken: whether something listens on a port.
        own: ports that this very app holds already; they count as free and come first.
    """
    held = set(own)

    def first(candidates: Iterable[int]) -> int:
        return next(port for port in candidates if port in held or not is_taken(port))

    mine = sorted(held)
    return Ports(
        first(chain((port for port in mine if port in PLAIN), PLAIN)),
        first(chain((port for port in mine if port in SECURE), SECURE)),
    )


def is_taken(port: int) -> bool:
    """Return whether something on this machine listens on a TCP port (asking needs no rights, binding would)."""
    with socket.socket() as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        return probe.connect_ex((ADDRESS, port)) == 0
