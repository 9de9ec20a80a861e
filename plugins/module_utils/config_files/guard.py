"""A change that could lock everybody out: armed on the host before it is made, put back when it fails."""

from __future__ import annotations

import fcntl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .activation import Command, run
from .files import ConfigFile, RefusedError

DEADMAN = "/usr/local/sbin/slipway-deadman"
STATE = Path("/var/lib/slipway/deadman")


@dataclass(frozen=True)
class Guard:
    """The dead-man switch `name` (role deadman) around a set of files that `reload` puts to use."""

    name: str
    reload: Command

    def is_pending(self) -> bool:
        """Tell whether a change waits for its confirmation, perhaps one of an earlier run that was cut off.

        A host that is putting files back lets logins in before it is done; that is waited for.
        """
        lock = STATE / "lock"
        if not lock.exists():
            return False
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_SH)
            return (STATE / self.name).is_dir()

    def apply(self, files: Sequence[ConfigFile]) -> None:
        """Arm, write, reload; without files (the earlier run was cut off somewhere in here) only reload.

        Raises:
            RefusedError: arming or reloading failed; the previous files are back in place and in use.
        """
        if files:
            if not Path(DEADMAN).exists():
                raise RefusedError(f"{DEADMAN} is not on the host: apply role deadman before this one")
            run([DEADMAN, "arm", self.name, *(str(file.path) for file in files), "--reload", *self.reload])
        try:
            for file in files:
                file.write()
            run(self.reload)
        except RefusedError as error:
            run([DEADMAN, "restore", self.name])
            raise RefusedError(f"the previous configuration is back in use: {error}") from error
