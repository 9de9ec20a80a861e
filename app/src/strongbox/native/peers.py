"""Who may connect at all, decided by the address of the other end of the connection.

The address a server is bound to can be set wider by mistake; this can't.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

from strongbox.settings import Mode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOCAL_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "::1/128",
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # RFC 3927, link-local
        "fe80::/10",  # RFC 4291, link-local
        "fc00::/7",  # RFC 4193, unique local
    )
)


class OnlyFrom:
    """Answers 403 to those whom the mode keeps out."""

    def __init__(self, mode: Mode, app: WSGIApplication) -> None:
        self._mode = mode
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or refuse it before anything looks at it."""
        if is_allowed(self._mode, environ.get("REMOTE_ADDR", "")):
            return self._app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        return [b"This Strongbox does not serve your network.\n"]


def is_allowed(mode: Mode, address: str) -> bool:
    """Tell whether an address may connect: in private mode this machine only, in LAN mode private networks too."""
    if mode == "public":
        return True
    try:
        peer = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped is not None:
        peer = peer.ipv4_mapped
    if mode == "private":
        return peer.is_loopback
    return any(peer in network for network in LOCAL_NETWORKS)
