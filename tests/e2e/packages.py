"""Programs that only the end-to-end tests need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping


def ensure(programs: Mapping[str, str]) -> None:
    """Install what is missing; a machine that runs these tests is a throw-away one, or has it.

    Args:
        programs: name on PATH to Debian package.
    """
    missing = [package for program, package in programs.items() if shutil.which(program) is None]
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-qy", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *command], check=True, capture_output=True, env=environment)
