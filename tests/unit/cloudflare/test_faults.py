"""What the bad days of an API do to us: nothing that a second run does not mend, and every way out is named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.cloudflare import (
    AccessApps,
    Cloudflare,
    CloudflareError,
    CloudflareUnavailableError,
    PermissionMissingError,
    RateLimitedError,
    Secret,
    TokenRefusedError,
    Transport,
)

from .schema import ACCESS_EDIT, DNS_EDIT, EVERYTHING, ORGANIZATION_READ, TUNNEL_EDIT
from .standin import ACCOUNT_ID, ZONE, Fault, StandIn

Connect = Callable[..., Transport]


def test_a_limited_request_waits_as_long_as_asked(api: StandIn, cloudflare: Cloudflare, waits: list[float]) -> None:
    api.faults.append(Fault("list_zones", status=429, headers={"Retry-After": "7"}))
    assert cloudflare.zone(ZONE).name == ZONE
    assert waits == [7.0]


def test_a_limit_without_a_time_waits_for_its_whole_window(
    api: StandIn, cloudflare: Cloudflare, waits: list[float]
) -> None:
    api.faults.append(Fault("list_zones", status=429))
    cloudflare.zone(ZONE)
    assert waits == [300.0]


def test_a_limit_that_is_too_long_is_said_instead_of_waited_for(api: StandIn, cloudflare: Cloudflare) -> None:
    api.faults.append(Fault("list_zones", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(RateLimitedError, match=r"wait 3600 s before trying to look up the zone example\.com"):
        cloudflare.zone(ZONE)


def test_creating_is_tried_again_after_a_limit(api: StandIn, cloudflare: Cloudflare) -> None:
    api.faults.append(Fault("create_tunnel", status=429, headers={"Retry-After": "1"}))
    assert cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")[1] is True


def test_an_outage_is_waited_out_with_growing_patience(
    api: StandIn, cloudflare: Cloudflare, waits: list[float]
) -> None:
    api.faults += [Fault("list_zones", status=502), Fault("list_zones"), Fault("list_zones", status=500)]
    assert cloudflare.zone(ZONE).name == ZONE
    assert waits == [1.0, 2.0, 4.0]


def test_a_long_outage_ends_in_an_error_with_the_way_on(api: StandIn, cloudflare: Cloudflare) -> None:
    api.faults += [Fault("list_zones", status=503) for _ in range(5)]
    with pytest.raises(CloudflareUnavailableError, match=r"look up the zone example\.com \(HTTP 503; 5 tries\)"):
        cloudflare.zone(ZONE)
    assert api.asked == ["list_zones"] * 5


def test_a_server_that_never_answers_is_given_up(api: StandIn, cloudflare: Cloudflare, waits: list[float]) -> None:
    api.faults += [Fault("list_zones", silence_s=0.5) for _ in range(5)]
    with pytest.raises(CloudflareUnavailableError, match="timed out"):
        cloudflare.zone(ZONE)
    assert len(waits) == 4


def test_a_creation_without_an_answer_is_not_repeated_blindly(api: StandIn, cloudflare: Cloudflare) -> None:
    api.faults.append(Fault("create_tunnel", status=500))
    with pytest.raises(CloudflareUnavailableError):
        cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")
    assert api.asked == ["list_tunnels", "create_tunnel", "list_tunnels"]
    assert cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")[1] is True


@pytest.mark.parametrize(
    ("taken_away", "permission", "doing"),
    [
        (TUNNEL_EDIT, "Account · Cloudflare Tunnel · Edit", lambda t: Cloudflare(t).ensure_tunnel(ACCOUNT_ID, "dev")),
        (DNS_EDIT, "Zone · DNS · Edit", lambda t: Cloudflare(t).records(Cloudflare(t).zone(ZONE), ZONE)),
        (
            ACCESS_EDIT,
            "Account · Access: Apps and Policies · Edit",
            lambda t: AccessApps(t, ACCOUNT_ID, "dev").ensure([ZONE], [ZONE]),
        ),
        (
            ORGANIZATION_READ,
            "Account · Access: Organizations, Identity Providers, and Groups · Read",
            lambda t: AccessApps(t, ACCOUNT_ID, "dev").access(),
        ),
    ],
    ids=["tunnel", "dns", "access", "organization"],
)
def test_a_missing_permission_is_named(
    api: StandIn, connect: Connect, taken_away: str, permission: str, doing: Callable[[Transport], object]
) -> None:
    api.tokens["weak"] = EVERYTHING - {taken_away}
    with pytest.raises(PermissionMissingError) as refusal:
        doing(connect("weak"))
    assert refusal.value.permission == permission
    assert f"lacks the permission `{permission}`" in str(refusal.value)


def test_an_unknown_token_is_refused_with_the_way_to_a_new_one(connect: Connect) -> None:
    with pytest.raises(TokenRefusedError, match=r"profile/api-tokens.*vault_cloudflare_api_token") as refusal:
        Cloudflare(connect("canary-of-a-token")).zone(ZONE)
    assert "canary-of-a-token" not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://api.example.com/client/v4", "ftp://127.0.0.1", "api.example.com"])
def test_the_token_is_not_sent_in_the_clear(url: str) -> None:
    with pytest.raises(CloudflareError, match=r"is not an https:// address; the API token is not sent there"):
        Transport(Secret("x"), url)


def test_a_redirect_is_not_followed_with_the_token(api: StandIn, cloudflare: Cloudflare) -> None:
    elsewhere = StandIn()
    try:
        api.faults.append(Fault("list_zones", status=302, headers={"Location": f"{elsewhere.url}/zones"}))
        with pytest.raises(CloudflareError, match="HTTP 302"):
            cloudflare.zone(ZONE)
        assert elsewhere.asked == []
    finally:
        elsewhere.close()


def test_a_secret_cannot_be_printed_or_serialised() -> None:
    secret = Secret("canary")
    assert (repr(secret), str(secret), f"{secret}") == ("[redacted]", "[redacted]", "[redacted]")
    for serialise in (json.dumps, yaml.safe_dump, yaml.dump):
        with pytest.raises((TypeError, yaml.YAMLError)) as refusal:
            serialise(secret)
        assert "canary" not in str(refusal.value)
