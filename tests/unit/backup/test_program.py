"""The host's program, which timers call, has the verbs of copies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

KIT = "ansible_collections.slipway.kit.plugins"
# What the module loads is what the program is made of.
PACKS = f"""
import sys
from {KIT}.modules import release
from {KIT}.module_utils.release import host_program
sys.stdout.buffer.write(host_program.packed())
"""


def test_the_program_that_a_deploy_writes_can_copy(tmp_path: Path) -> None:
    program = tmp_path / "slipway.pyz"
    program.write_bytes(subprocess.run([sys.executable, "-c", PACKS], capture_output=True, check=True).stdout)
    done = subprocess.run(
        [sys.executable, "-I", str(program), "backup"], capture_output=True, text=True, cwd="/", check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("/etc/slipway/backup.json is not there or damaged: this host is not told"), (
        done.stderr
    )
