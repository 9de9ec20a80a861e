"""The files that role caddy writes, in a folder of their own, and the real Caddy that reads them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import cast

App = dict[str, object]


def app(name: str = "shop", exposure: str = "public", **changes: object) -> App:
    """Return an app as an inventory declares it."""
    return {
        "name": name,
        "domains": [f"{name}.example.com"],
        "exposure": exposure,
        "image": "app@sha256:0",
        **changes,
    }


@dataclass(frozen=True)
class Site:
    """A rendered /etc/caddy in a folder of its own."""

    folder: Path
    caddy: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Let Caddy do something with the configuration that it does not refuse."""
        done = subprocess.run(
            [self.caddy, *command, "--config", "Caddyfile", "--adapter", "caddyfile"],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done

    def adapted(self) -> dict[str, object]:
        """Return the configuration as Caddy understands it."""
        return cast("dict[str, object]", json.loads(self.run("adapt").stdout))

    @property
    def environment(self) -> dict[str, str]:
        """What Caddy runs with: a home of its own."""
        return {**os.environ, "HOME": str(self.folder)}
