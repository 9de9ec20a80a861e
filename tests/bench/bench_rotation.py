"""Key rotation of Strongbox: how fast, and how much memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.bench.figure import Figure

APP = Path(__file__).parents[2] / "app"
FEW, MANY = 500, 10_000

TITLE = f"New keys for {MANY:,} encrypted databases of 100 records, syncs on"
FIGURES = (
    Figure("rate", "databases rotated and proved", "1/s", at_least=100),
    Figure("failed", "failed", "", at_most=0),
    Figure("peak_mib", f"peak memory with {MANY:,} users", "MiB", at_most=100),
    Figure("growth", f"memory beside {FEW:,} users", "times", at_most=1.1),
)


def measure() -> Mapping[str, float]:
    """Rotate few and many, each in a process of its own."""
    subprocess.run(["make", "-s", "-C", str(APP), ".venv/.complete"], check=True)
    few, many = _run(FEW), _run(MANY)
    return {**many, "growth": many["peak_mib"] / few["peak_mib"]}


def _run(users: int) -> dict[str, float]:
    command = [".venv/bin/python", "bench/rotation.py", str(users)]
    result = subprocess.run(command, cwd=APP, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(result.stdout)
    return figures
