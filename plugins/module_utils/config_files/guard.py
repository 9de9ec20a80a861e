"""A change that could lock everybody out: armed on the host before it is made, put back when it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .files import ConfigFile, RefusedError

DEADMAN = "/usr/local/sbin/slipway-deadman"
STATE = Path("/var/lib/slipway/deadman")


@dataclass(frozen=True)
class Guard:
    """The dead-man switch `name` (role deadman) around a set of files that `reload` (a command) puts to use."""

    name: str
    reload: tuple[str, ...]

    def is_armed(self) -> bool:
        """Tell whether a change waits for its confirmation, perhaps one of an earlier run that was cut off."""
        return (STATE / self.name).is_dir()

    def apply(self, files: Sequence[ConfigFile]) -> None:
        """Arm, write, reload.

        Raises:
            RefusedError: arming or reloading failed; the previous files are back in place and in use.
        """
        run([DEADMAN, "arm", self.name, *(str(file.path) for file in files), "--reload", *self.reload])
        try:
            for file in files:
                file.write()
            run(list(self.reload))
        except RefusedError as error:
            run([DEADMAN, "restore", self.name])
            raise RefusedError(f"the previous configuration is back in use: {error}") from error


def run(command: list[str]) -> None:
    """Run a command whose failure is reported in its own words."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise RefusedError(f"{command[0]} is not on the host: apply role deadman before this one") from error
    except subprocess.CalledProcessError as error:
        raise RefusedError(f"`{' '.join(command)}` failed: {(error.stderr or error.stdout).strip()}") from error
