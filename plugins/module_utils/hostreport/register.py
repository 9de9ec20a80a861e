"""Which project declared which app of the host."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.register import Register

Tree = dict[str, object]


def read(folder: Path | None = None) -> Tree:
    """Return the topic `register`: an entry per app, by its name."""
    return {name: asdict(entry) for name, entry in Register(folder).entries().items()}
