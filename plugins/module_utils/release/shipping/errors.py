"""What can go wrong before anything reaches a host."""

from __future__ import annotations


class ShippingError(Exception):
    """An image could not be made or packed; the message says what, where, and the next command."""
