"""The few calls of Cloudflare's API that a tunnel needs: find the zone, make the tunnel, its names and its guard."""

from __future__ import annotations

from .access import AccessApps
from .api import Cloudflare
from .errors import (
    CloudflareError,
    CloudflareUnavailableError,
    PermissionMissingError,
    RateLimitedError,
    RecordTakenError,
    RequestRefusedError,
    TokenRefusedError,
    TunnelUnusableError,
)
from .model import Access, Credentials, DnsRecord, Secret, Tunnel, Zone
from .reconcile import Outcome, Wanted, bring_up, take_down
from .transport import API_URL, Transport

__all__ = [
    "API_URL",
    "Access",
    "AccessApps",
    "Cloudflare",
    "CloudflareError",
    "CloudflareUnavailableError",
    "Credentials",
    "DnsRecord",
    "Outcome",
    "PermissionMissingError",
    "RateLimitedError",
    "RecordTakenError",
    "RequestRefusedError",
    "Secret",
    "TokenRefusedError",
    "Transport",
    "Tunnel",
    "TunnelUnusableError",
    "Wanted",
    "Zone",
    "bring_up",
    "take_down",
]
