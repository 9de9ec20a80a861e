"""The file that a worker touches while it is well; asking for its age costs no more than that."""

from __future__ import annotations

import os
from pathlib import Path

FILE = Path(os.environ.get("ALIVE_FILE", "/tmp/alive"))  # noqa: S108 - the container's own, in memory
EVERY_S = 5.0
OLDEST_S = 20.0
