"""What only the host itself can reach."""

from __future__ import annotations

import ipaddress


def is_loopback(address: str) -> bool:
    """Return whether only the host itself can reach what listens there."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
