"""What the engine starts ends with it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import mortal

PARENT = """
import os, signal, subprocess, sys
sys.path.insert(0, {folder!r})
from mortal import mortal
program = subprocess.Popen(mortal({command!r}), stdout=subprocess.PIPE, start_new_session=True)
{before_it_dies}
os.kill(os.getpid(), signal.SIGKILL)
"""
FOLDER = str(Path(mortal.__file__).parent)


@pytest.mark.parametrize("before_it_dies", ["program.stdout.read(1)", ""], ids=["it runs", "it may not run yet"])
def test_what_the_engine_starts_dies_with_it(tmp_path: Path, before_it_dies: str) -> None:
    late = tmp_path / "late"
    command = ["sh", "-c", f"trap '' PIPE; echo .; sleep 1; touch {late}"]
    parent = PARENT.format(folder=FOLDER, command=command, before_it_dies=before_it_dies)
    subprocess.run([sys.executable, "-c", parent], check=False)
    while subprocess.run(["pgrep", "--full", f"touch {late}"], stdout=subprocess.DEVNULL, check=False).returncode == 0:
        time.sleep(0.05)
    assert not late.exists()


def test_a_command_keeps_its_arguments_and_its_exit_code() -> None:
    command = ["sh", "-c", 'printf "%s|" "$@"; exit 7', "sh", "a b", "", "$0", "--", "'"]
    done = subprocess.run(mortal.mortal(command), capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("a b||$0|--|'|", 7)
