"""Programs that do not outlive the engine: one that did could make its container after the next run has cleaned up."""

from __future__ import annotations

import os
from collections.abc import Sequence

# The second half is for an engine that died before the kernel knew (prctl(2), PR_SET_PDEATHSIG).
WITH_ITS_PARENT = ("setpriv", "--pdeathsig", "KILL", "sh", "-c", 'test "$PPID" = "$0" && exec "$@"')


def mortal(command: Sequence[str]) -> list[str]:
    """Return the command that is killed when this process dies, whatever it dies of."""
    return [*WITH_ITS_PARENT, str(os.getpid()), *command]
