"""Show something of this machine to the world, while one watches: `slipway tunnel --port 8000`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import architecture_of, fetch, load
from slipway.places import KIT

from . import options, origin

DEPLOY = KIT / "cloudflared" / "tunnel.py"


def tunnel(words: Sequence[str]) -> int:
    """Refuse what can't work, then let pyinfra run the deploy; return its exit code.

    Args:
        words: like `PORT=8000`, as the deploy takes them.

    Raises:
        RefusalError, ArtifactError: it can't be shown, with the way out.
    """
    wanted = options.read(words)
    origin.find(wanted)
    if wanted.provider == "cloudflare":
        fetch(load("cloudflared", architecture_of(platform.machine())))
    pyinfra = Path(sys.executable).with_name("pyinfra")
    data = [part for word in words for part in ("--data", word)]
    command = [str(pyinfra), "--yes", "@local", str(DEPLOY), *data]
    with subprocess.Popen(command, env={**os.environ, "PYINFRA_PROGRESS": "off"}) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                continue  # the tunnel gets it too, and closes by itself
