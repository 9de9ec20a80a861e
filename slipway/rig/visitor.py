"""Somebody out there who trusts only the rig's test authority."""

from __future__ import annotations

import subprocess

from slipway.rig.container import Container

ROOT = "/etc/slipway/root.pem"
TIMEOUT_S = 20


class Visitor(Container):
    """Sees hosts only from outside; may set its routes; has curl, nmap, openssl, python3, wrk and nghttp2-client."""

    def trust(self, root_pem: str) -> None:
        """Make the root the only one that this visitor's programs believe in."""
        self.put({ROOT: root_pem})

    def curl(self, url: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Ask for a URL; further options of curl go before it."""
        return self.exec(["curl", "--silent", "--show-error", "--max-time", str(TIMEOUT_S), *args, url])
