"""The guard in front of a development site."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.cloudflare import (
    AccessApps,
    CloudflareUnavailableError,
    Transport,
)

from .standin import ACCOUNT_ID, Fault, StandIn

DOMAINS = ["a.example.com", "b.example.com"]


@pytest.fixture
def guard(connect: Callable[..., Transport]) -> AccessApps:
    return AccessApps(connect(), ACCOUNT_ID, "dev")


def test_only_the_allowed_get_in_to_every_name(api: StandIn, guard: AccessApps) -> None:
    assert guard.ensure(DOMAINS, ["ann@example.org", "example.net"]) is True
    [app] = api.apps.values()
    assert app["destinations"] == [{"type": "public", "uri": name} for name in DOMAINS]
    assert app["policies"] == [
        {
            "name": "slipway dev",
            "decision": "allow",
            "include": [{"email": {"email": "ann@example.org"}}, {"email_domain": {"domain": "example.net"}}],
            "precedence": 1,
        }
    ]


def test_the_same_guard_is_left_alone(api: StandIn, guard: AccessApps) -> None:
    guard.ensure(DOMAINS, ["example.net", "ann@example.org"])
    assert guard.ensure(list(reversed(DOMAINS)), ["ann@example.org", "example.net"]) is False


@pytest.mark.parametrize(
    ("domains", "allowed"),
    [(DOMAINS, ["example.org"]), (DOMAINS[:1], ["example.net"]), (DOMAINS, ["example.net", "x@y.z"])],
    ids=["other-people", "fewer-names", "more-people"],
)
def test_another_guard_replaces_it(api: StandIn, guard: AccessApps, domains: list[str], allowed: list[str]) -> None:
    guard.ensure(DOMAINS, ["example.net"])
    assert guard.ensure(domains, allowed) is True
    assert len(api.apps) == 1


def test_a_guard_whose_creation_got_no_answer_is_not_made_twice(api: StandIn, guard: AccessApps) -> None:
    api.faults.append(Fault("create_app", status=504, done_all_the_same=True))
    assert guard.ensure(DOMAINS, ["example.net"]) is True
    assert len(api.apps) == 1


def test_a_guard_that_could_not_be_made_is_an_error(api: StandIn, guard: AccessApps) -> None:
    api.faults.append(Fault("create_app", status=504))
    with pytest.raises(CloudflareUnavailableError, match="create the Access application slipway dev"):
        guard.ensure(DOMAINS, ["example.net"])


def test_a_guard_is_removed_once(api: StandIn, guard: AccessApps) -> None:
    guard.ensure(DOMAINS, ["example.net"])
    assert (guard.remove(), guard.remove(), api.apps) == (True, False, {})
