"""Health check of worker and beat: exits 0 when the file of `alive.py` is young.

Run as a file (`python -I probe.py`), it imports nothing of the app: it must be cheap, it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
import time

FILE = os.environ.get("ALIVE_FILE", "/tmp/alive")  # noqa: S108 - the container's own, in memory
OLDEST_S = 20.0


def main() -> int:
    """Return the exit code: 0 well, 1 not."""
    try:
        return 0 if time.time() - os.stat(FILE).st_mtime < OLDEST_S else 1  # noqa: PTH116 - pathlib costs 20 ms
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
