"""What can go wrong before anything reaches a host."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain


class ShippingError(Exception):
    """An image could not be made or packed; the message says what, where, and the next command."""

    def __str__(self) -> str:
        """Return the message without anything that a terminal would obey: a build's output is in it."""
        return plain(super().__str__())
