"""Names that wait for their first certificate."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.module_utils.release import certificates

Tree = dict[str, object]


def read() -> Tree:
    """Return the topic `certificates`: `waiting`, which names have none, since when and why; empty where none lacks."""
    return {"waiting": certificates.waiting()}
