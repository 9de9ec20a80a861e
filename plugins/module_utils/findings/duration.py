"""How long, in words."""

from __future__ import annotations


def age(seconds: int) -> str:
    """Return a duration in its largest unit: 40 s, 5 min, 3 h, 12 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
