"""Each Molecule scenario of each role is one test: `pytest tests/molecule -n 2 -k caddy`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / ".config" / "molecule" / "config.yml"
SCENARIOS = sorted(path.parent for path in ROOT.glob("roles/*/molecule/*/molecule.yml"))
TIMEOUT_S = 600  # the longest takes two minutes on a busy machine
TAIL = 12_000  # characters of output that are shown on failure


def title(scenario: Path) -> str:
    role = scenario.parents[1].name
    return role if scenario.name == "default" else f"{role}-{scenario.name}"


@pytest.mark.rig
@pytest.mark.parametrize("scenario", SCENARIOS, ids=title)
def test_a_bare_host_converges_and_stays(scenario: Path) -> None:  # I-01 O-09
    """Destroy, create, prepare, check, converge, idempotence, verify, destroy."""
    binaries = Path(sys.executable).parent
    done = subprocess.run(
        [str(binaries / "molecule"), "--base-config", str(BASE), "test", "--scenario-name", scenario.name],
        cwd=scenario.parents[1],
        env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-TAIL:]
