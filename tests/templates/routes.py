"""Render the routes of cloudflared as its role does, on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(__file__).with_name("routes.yml")


def write(path: Path, **inputs: object) -> Path:
    """Write the routes to `path` and return it; `inputs` are inventory variables, they win over the role's."""
    given = path.with_suffix(".json")
    given.write_text(json.dumps({**inputs, "routes": str(path)}))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(PLAYBOOK)]
    played = subprocess.run(
        [*command, "--extra-vars", f"@{given}"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_STRATEGY": "linear"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stdout
    return path
