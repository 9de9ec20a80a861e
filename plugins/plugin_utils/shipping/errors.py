"""What can go wrong before anything reaches a host."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import SlipwayError


class ShippingError(SlipwayError):
    """An image could not be made or packed; the message says what, where, and the next command."""
