"""What listens on this machine: where it is, and whether it answers at all."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.local.place import Place, root

from . import service
from .options import Options

ADDRESS = "127.0.0.1"
ANSWER_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class Origin:
    """A program on loopback; `domain` and `authority` are set for an app of `slipway local` behind its Caddy."""

    port: int
    domain: str = ""
    authority: str = ""

    @property
    def url(self) -> str:
        """Where the near end of a tunnel connects to."""
        return f"{'https' if self.domain else 'http'}://{ADDRESS}:{self.port}"


def find(options: Options) -> Origin:
    """Return what is to be seen, after having made sure that it is there.

    Raises:
        RefusalError: nobody listens there.
    """
    if options.port or options.service:
        origin = Origin(options.port or service.port_of(options.service))
        start = f"start your app on {ADDRESS}:{origin.port}, then run the same command again"
    else:
        origin = _local_app(options.app)
        start = "slipway local, then run the same command again; or slipway tunnel --port 8000"
    if not origin.port or not _listens(origin.port):
        asked = f"PORT={origin.port}" if origin.port else f"APP={options.app or '(the one that runs)'}"
        raise RefusalError(f"nobody answers on {ADDRESS}, so there is nothing to show", asked, "this machine", start)
    return origin


def _local_app(name: str) -> Origin:
    known = sorted(folder.name for folder in (root() / "apps").glob(name or "*"))
    running = [app for app in known if (ports := Place(root(), app).ports()) and _listens(ports.secure)]
    if len(running) > 1:
        raise RefusalError(
            "several apps run here", ", ".join(running), "this machine", f"slipway tunnel --app {running[0]}"
        )
    if not running:
        return Origin(0)
    place = Place(root(), running[0])
    ports = place.ports()
    return Origin(ports.secure if ports else 0, f"{running[0]}.localhost", str(place.authority))


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((ADDRESS, port), timeout=ANSWER_TIMEOUT_S):
            return True
    except OSError:
        return False
