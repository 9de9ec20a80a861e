"""A whole tunnel, made and removed against the stand-in, and resumed after a fault in every single call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.cloudflare import (
    Access,
    CloudflareError,
    Transport,
    Wanted,
    bring_up,
    take_down,
)

from .standin import TEAM, Fault, StandIn

WANTED = Wanted("slipway-dev", "example.com", ["dev.example.com", "demo.example.com"], allowed=["example.com"])
CALLS_OF_A_FIRST_RUN = [
    "list_zones",
    "list_tunnels",
    "create_tunnel",
    "tunnel_token",
    "list_apps",
    "create_app",
    "list_apps",
    "organization",
    "list_records",
    "create_record",
    "list_records",
    "create_record",
]


@pytest.fixture
def transport(connect: Callable[..., Transport]) -> Transport:
    return connect()


def live(api: StandIn) -> tuple[list[object], list[object], list[object]]:
    """Return the names of the tunnels that are not deleted, of the records and of the guards."""
    return (
        [one["name"] for one in api.tunnels.values() if not one["deleted"]],
        [one["name"] for one in api.records.values()],
        [one["name"] for one in api.apps.values()],
    )


def test_a_first_run_makes_the_guard_before_the_names(api: StandIn, transport: Transport) -> None:
    outcome = bring_up(transport, WANTED)
    assert api.asked == CALLS_OF_A_FIRST_RUN
    assert outcome.done == [
        "created the tunnel slipway-dev",
        "let only example.com in",
        "led dev.example.com into the tunnel",
        "led demo.example.com into the tunnel",
    ]


def test_the_host_learns_whose_pass_counts_while_there_is_a_guard(api: StandIn, transport: Transport) -> None:
    guarded = bring_up(transport, WANTED)
    [app] = api.apps.values()
    assert guarded.access == Access(TEAM, str(app["aud"]))
    assert bring_up(transport, Wanted(WANTED.name, WANTED.zone, WANTED.domains)).access is None


def test_a_second_run_does_nothing_and_says_nothing(api: StandIn, transport: Transport) -> None:
    first = bring_up(transport, WANTED)
    again = bring_up(transport, WANTED)
    assert (again.done, again.tunnel_id, again.credentials) == ([], first.tunnel_id, first.credentials)


@pytest.mark.parametrize("at", range(len(CALLS_OF_A_FIRST_RUN)), ids=lambda at: f"{at}-{CALLS_OF_A_FIRST_RUN[at]}")
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_run_that_failed_at_any_call_is_finished_by_the_next(
    api: StandIn, transport: Transport, at: int, lost: str
) -> None:
    operation = CALLS_OF_A_FIRST_RUN[at]
    before = CALLS_OF_A_FIRST_RUN[:at].count(operation)
    # Let the same call of before pass, then break all tries of this one.
    api.faults += [Fault(operation, status=0, after=before, done_all_the_same=lost == "answer") for _ in range(5)]
    try:
        bring_up(transport, WANTED)
    except CloudflareError:
        assert lost == "request" or not operation.startswith("create_")
    api.faults.clear()
    bring_up(transport, WANTED)
    assert live(api) == (["slipway-dev"], WANTED.domains, ["slipway slipway-dev"])


def test_a_dry_run_changes_nothing_and_says_what_is_missing(api: StandIn, transport: Transport) -> None:
    outcome = bring_up(transport, WANTED, check=True)
    assert outcome.done[0] == "create the tunnel slipway-dev"
    assert live(api) == ([], [], [])
    bring_up(transport, WANTED)
    assert bring_up(transport, WANTED, check=True).done == []


def test_a_name_outside_the_zone_stops_it_before_anything_is_made(api: StandIn, transport: Transport) -> None:
    wanted = Wanted("slipway-dev", "example.com", ["dev.example.com", "dev.example.org"])
    with pytest.raises(CloudflareError, match=r"^dev\.example\.org: not in the zone example\.com\."):
        bring_up(transport, wanted)
    assert api.asked == ["list_zones"]


def test_a_guard_that_is_no_longer_wanted_goes(api: StandIn, transport: Transport) -> None:
    bring_up(transport, WANTED)
    assert bring_up(transport, Wanted(WANTED.name, WANTED.zone, WANTED.domains)).done == ["let everybody in"]
    assert live(api)[2] == []


def test_taking_down_leaves_nothing_of_ours_and_all_of_others(api: StandIn, transport: Transport) -> None:
    bring_up(transport, WANTED)
    api.add_record("A", "www.example.com", "192.0.2.7")
    outcome = take_down(transport, WANTED)
    assert live(api) == ([], ["www.example.com"], [])
    assert outcome.done == [
        "removed the DNS record dev.example.com",
        "removed the DNS record demo.example.com",
        "deleted the tunnel slipway-dev",
        "removed the Access application",
    ]
    assert take_down(transport, WANTED).done == []


@pytest.mark.parametrize("operation", ["delete_record", "close_connections", "delete_tunnel", "delete_app"])
def test_taking_down_is_finished_by_the_next_run(api: StandIn, transport: Transport, operation: str) -> None:
    bring_up(transport, WANTED)
    api.faults += [Fault(operation) for _ in range(5)]
    with pytest.raises(CloudflareError):
        take_down(transport, WANTED)
    take_down(transport, WANTED)
    assert live(api) == ([], [], [])
