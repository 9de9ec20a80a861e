"""How moments of copies are written for people."""

from __future__ import annotations

import time


def clock(unix_s: float) -> str:
    """Return a Unix time in seconds as date and time of day in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(unix_s))
