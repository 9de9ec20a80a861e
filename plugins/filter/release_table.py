"""Filter `release_table`: what `slipway status ENV` shows."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import table


class FilterModule:
    """Filters about releases."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {"release_table": table}
