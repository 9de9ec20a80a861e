"""A command of an app's image, run beside root: it may write what it likes, and takes no more than its time."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from .mortal import mortal

TAIL_LINES = 30
# Of the output, kept at most: a command may write as fast as it can for as long as it may run.
TAIL_BYTES = 64 * 1024


class CommandError(Exception):
    """A command exited with another code than 0, or took too long.

    `why` says which, as the end of a sentence; `evidence` are the last lines that it wrote.
    """

    def __init__(self, why: str, evidence: Sequence[str]) -> None:
        self.why, self.evidence = why, tuple(evidence)
        super().__init__(why)


def run(command: Sequence[str], timeout_s: float, environment: Mapping[str, str]) -> list[str]:
    """Run a command that dies with this process; return the last lines that it wrote.

    Raises:
        CommandError: it did not end well, or not in time.
    """
    with subprocess.Popen(
        mortal(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,
    ) as process:
        until = time.monotonic() + timeout_s
        output = _last_words(process, until)
        try:
            process.wait(max(0.0, until - time.monotonic()))
            why = f"exited with code {process.returncode}" if process.returncode else ""
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            why = f"was stopped after {timeout_s:g} s"
    lines = output.decode(errors="replace").splitlines()[-TAIL_LINES:]
    if why:
        raise CommandError(why, lines)
    return lines


def _last_words(process: subprocess.Popen[bytes], until: float) -> bytes:
    """Return the end of what a command writes, when it writes no more or its time is over, however much that was."""
    output = b""
    while process.stdout and (left := until - time.monotonic()) > 0:
        if select.select([process.stdout], [], [], left)[0]:
            part = os.read(process.stdout.fileno(), TAIL_BYTES)
            if not part:
                break
            output = (output + part)[-TAIL_BYTES:]
    return output
