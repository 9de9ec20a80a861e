"""Putting files to use, in a way that a killed run can't lose (a handler of Ansible's is gone with the run)."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .files import ConfigFile, RefusedError

MARKS = Path("/var/lib/slipway/pending")
Command = Sequence[str]


@dataclass(frozen=True)
class Activation:
    """Commands to run, in order, after any of the files changed."""

    commands: tuple[Command, ...] = ()

    @property
    def mark(self) -> Path:
        """Return the file that exists from before the first write until the last command has succeeded."""
        return MARKS / hashlib.sha256(json.dumps(self.commands).encode()).hexdigest()

    def is_pending(self) -> bool:
        """Tell whether an earlier run was cut off, or one of its commands failed."""
        return self.mark.exists()

    def apply(self, files: Sequence[ConfigFile]) -> None:
        """Write the files and run the commands.

        Raises:
            RefusedError: a command failed; the next run tries again.
        """
        if self.commands:
            self.mark.parent.mkdir(parents=True, exist_ok=True)
            self.mark.write_text(json.dumps(self.commands))
        for file in files:
            file.write()
        for command in self.commands:
            run(command)
        self.mark.unlink(missing_ok=True)


def run(command: Command) -> None:
    """Run a command whose failure is reported in its own words."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise RefusedError(f"`{command[0]}` is not on the host") from error
    except subprocess.CalledProcessError as error:
        raise RefusedError(f"`{' '.join(command)}` failed: {(error.stderr or error.stdout).strip()}") from error
