"""The collection itself: where it lies, and its names as people read them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of roles/, playbooks/ and plugins/."""

PREFIX = "slipway.kit."


def short(name: str) -> str:
    """Return the name of a role, or of a role's task, without the collection's: `caddy : run | Start it`."""
    return name.removeprefix(PREFIX)
