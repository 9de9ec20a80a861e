"""The wheel of a checkout, built as a release is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def build_wheel(checkout: Path, target: Path) -> Path:
    """Build a checkout's wheel into a folder and return it; the tools are those of this environment."""
    uv = str(Path(sys.executable).with_name("uv"))
    isolation = ["--no-build-isolation", "--python", sys.executable]
    command = [uv, "build", "--quiet", "--wheel", *isolation, "--out-dir", str(target), str(checkout)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = target.glob("*.whl")
    return wheel
