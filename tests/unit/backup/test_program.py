"""The host's program, which timers call, has the verbs of copies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release import host_program
from ansible_collections.slipway.kit.plugins.modules import release


def test_the_program_that_a_deploy_writes_can_copy(tmp_path: Path) -> None:
    assert release.ARGUMENTS  # what this module loads is what the program is made of
    program = tmp_path / "slipway.pyz"
    program.write_bytes(host_program.packed())
    done = subprocess.run(
        [sys.executable, "-I", str(program), "backup"], capture_output=True, text=True, cwd="/", check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("/etc/slipway/backup.json is not there or damaged: this host is not told"), (
        done.stderr
    )
