"""Filter `watch_faults`: what of `slipway_watch` can't work."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.ways_out import faults


class FilterModule:
    """Filters about whom a host tells."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {"watch_faults": faults}
