"""The ACME authority of the rig: Pebble, with a listener certificate of a throw-away authority."""

from __future__ import annotations

import json
import time
from pathlib import Path

from slipway.rig import keys
from slipway.rig.container import Container
from slipway.rig.errors import RigError
from slipway.rig.visitor import Visitor

NAME = "pebble"
DIRECTORY = f"https://{NAME}:14000/dir"
ROOT_URL = f"https://{NAME}:15000/roots/0"
START_TIMEOUT_S = 20
# https://github.com/letsencrypt/pebble/blob/main/test/config/pebble-config.json
CONFIGURATION = {
    "pebble": {
        "listenAddress": "[::]:14000",
        "managementListenAddress": "[::]:15000",
        "certificate": "/etc/pebble/listener.pem",
        "privateKey": "/etc/pebble/listener.key",
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
    }
}


class Acme(Container):
    """What issues certificates; its roots are new at each start."""

    folder: Path
    directory = DIRECTORY

    @property
    def ca_pem(self) -> Path:
        """What a client of the authority must trust to talk to it."""
        return self.folder / "acme-ca.pem"

    @property
    def root_pem(self) -> Path:
        """What a visitor of the hosts must trust."""
        return self.folder / "root.pem"

    def configure(self) -> None:
        """Put configuration and listener certificate in, before the start."""
        listener, authority = keys.certified(NAME)
        self.ca_pem.write_text(authority)
        self.put(
            {
                "/etc/pebble/config.json": json.dumps(CONFIGURATION),
                "/etc/pebble/listener.pem": listener.public,
                "/etc/pebble/listener.key": listener.private,
            }
        )

    def introduce(self, visitor: Visitor) -> None:
        """Hand the authority's root to the visitor, through whom it is read too."""
        visitor.put({"/etc/slipway/acme-ca.pem": self.ca_pem.read_text()})
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            answer = visitor.curl(ROOT_URL, "--cacert", "/etc/slipway/acme-ca.pem", "--fail")
            if answer.returncode == 0:
                self.root_pem.write_text(answer.stdout)
                visitor.trust(answer.stdout)
                return
            time.sleep(0.1)
        log = self.container.logs(tail=20).decode(errors="replace")
        raise RigError(f"Pebble did not answer within {START_TIMEOUT_S} s: {answer.stderr}\n{log}")
