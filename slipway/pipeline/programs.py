"""Find and run programs: Ansible's beside this Python, a job's end passed on to what it started."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    output: str


def ansible(program: str) -> str:
    """Return the path of an Ansible program in this environment."""
    return str(Path(sys.executable).parent / program)


def stop_on_signals() -> None:
    """Make SIGTERM (a cancelled job) end the process in order: temporary keys are removed, children told."""
    signal.signal(signal.SIGTERM, _leave)


def run(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command in the kit's folder with the job's output; return its exit code."""
    with subprocess.Popen(command, cwd=ROOT, env=dict(environ)) as child:
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()


def capture(command: Sequence[str], environ: Mapping[str, str]) -> Done:
    """Run a command like `run`, and keep its output as well."""
    lines: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, env=dict(environ), stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return Done(child.returncode, "".join(lines))


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
