"""Show something of this machine to the world, while one watches: `make tunnel PORT=8000`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, architecture_of, fetch, load
from slipway.pipeline.refusal import EXIT_REFUSED, RefusalError

from . import origin, wish

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "cloudflared" / "tunnel.py"


def main(words: Sequence[str] | None = None) -> int:
    """Refuse what can't work, then let pyinfra run the deploy; return its exit code (2: refused)."""
    given = sys.argv[1:] if words is None else words
    try:
        wanted = wish.read(given)
        origin.find(wanted)
        if wanted.provider == "cloudflare":
            fetch(load("cloudflared", architecture_of(platform.machine())))
    except (RefusalError, ArtifactError) as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    pyinfra = Path(sys.executable).with_name("pyinfra")
    data = [part for word in given for part in ("--data", word)]
    command = [str(pyinfra), "--yes", "@local", str(DEPLOY), *data]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYINFRA_PROGRESS": "off"}) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                continue  # the tunnel gets it too, and closes by itself


if __name__ == "__main__":
    sys.exit(main())
