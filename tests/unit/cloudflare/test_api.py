"""Tunnels and DNS records against a strict stand-in of Cloudflare's API."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.cloudflare import (
    Cloudflare,
    CloudflareError,
    Credentials,
    RecordTakenError,
    Secret,
    Tunnel,
    TunnelUnusableError,
    Zone,
)

from .standin import ACCOUNT_ID, ZONE, ZONE_ID, Fault, StandIn

NAME = f"dev.{ZONE}"


@pytest.fixture
def zone(cloudflare: Cloudflare) -> Zone:
    return cloudflare.zone(ZONE)


@pytest.fixture
def tunnel(cloudflare: Cloudflare) -> Tunnel:
    return cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")[0]


def test_a_zone_is_found_with_its_account(cloudflare: Cloudflare) -> None:
    assert cloudflare.zone(ZONE) == Zone(ZONE_ID, ZONE, ACCOUNT_ID)


def test_a_zone_that_the_token_cannot_see_is_explained(cloudflare: Cloudflare) -> None:
    with pytest.raises(CloudflareError, match=r"sees no zone `exmaple\.com`.*misspelt.*Zone · Zone · Read"):
        cloudflare.zone("exmaple.com")


@pytest.mark.parametrize(
    ("domain", "held"), [("example.com", True), ("a.b.example.com", True), ("notexample.com", False)]
)
def test_a_zone_knows_its_names(zone: Zone, domain: str, held: bool) -> None:
    assert zone.holds(domain) is held


def test_a_tunnel_is_made_once(api: StandIn, cloudflare: Cloudflare) -> None:
    first, made = cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")
    again, made_again = cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")
    assert (made, made_again, again) == (True, False, first)
    assert len(api.tunnels) == 1


def test_a_tunnel_whose_name_only_begins_alike_is_another(api: StandIn, cloudflare: Cloudflare) -> None:
    cloudflare.ensure_tunnel(ACCOUNT_ID, "dev-old")
    assert cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")[1] is True


def test_a_deleted_tunnel_is_not_found(cloudflare: Cloudflare, tunnel: Tunnel) -> None:
    cloudflare.delete_tunnel(ACCOUNT_ID, tunnel)
    assert cloudflare.find_tunnel(ACCOUNT_ID, "dev") is None


def test_a_tunnel_whose_creation_got_no_answer_is_found_and_used(api: StandIn, cloudflare: Cloudflare) -> None:
    api.faults.append(Fault("create_tunnel", done_all_the_same=True))
    tunnel, _ = cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")
    assert list(api.tunnels) == [tunnel.id]


def test_a_tunnel_of_the_dashboard_is_refused(api: StandIn, cloudflare: Cloudflare, tunnel: Tunnel) -> None:
    api.tunnels[tunnel.id]["config_src"] = "cloudflare"
    with pytest.raises(TunnelUnusableError, match=r"managed in Cloudflare's dashboard.*another `tunnel_name`"):
        cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")


def test_credentials_are_those_of_the_tunnel(api: StandIn, cloudflare: Cloudflare, tunnel: Tunnel) -> None:
    document = cloudflare.credentials(ACCOUNT_ID, tunnel).document()
    assert document == {
        "AccountTag": ACCOUNT_ID,
        "TunnelID": tunnel.id,
        "TunnelSecret": api.tunnels[tunnel.id]["tunnel_secret"],
    }


def test_a_tunnel_with_open_connections_is_deleted(api: StandIn, cloudflare: Cloudflare, tunnel: Tunnel) -> None:
    api.tunnels[tunnel.id]["connections"] = [{"id": "1"}]
    cloudflare.delete_tunnel(ACCOUNT_ID, tunnel)
    assert api.tunnels[tunnel.id]["deleted"] is True


def test_deleting_twice_is_no_error(cloudflare: Cloudflare, tunnel: Tunnel) -> None:
    cloudflare.delete_tunnel(ACCOUNT_ID, tunnel)
    cloudflare.delete_tunnel(ACCOUNT_ID, tunnel)


def test_a_name_leads_into_the_tunnel_through_the_proxy(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    assert cloudflare.ensure_record(zone, NAME, tunnel) is True
    [record] = api.records.values()
    assert (record["type"], record["content"], record["proxied"]) == ("CNAME", f"{tunnel.id}.cfargotunnel.com", True)


def test_a_name_that_leads_there_already_is_left_alone(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    cloudflare.ensure_record(zone, NAME, tunnel)
    api.asked.clear()
    assert cloudflare.ensure_record(zone, NAME, tunnel) is False
    assert api.asked == ["list_records"]


def test_a_record_without_the_proxy_is_put_right(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    api.add_record("CNAME", NAME, tunnel.target, proxied=False)
    assert cloudflare.ensure_record(zone, NAME, tunnel) is True
    assert [record["proxied"] for record in api.records.values()] == [True]


def test_a_record_that_leads_elsewhere_is_refused(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    api.add_record("A", NAME, "192.0.2.7")
    with pytest.raises(RecordTakenError) as refusal:
        cloudflare.ensure_record(zone, NAME, tunnel)
    assert str(refusal.value) == (
        "dev.example.com exists already and leads elsewhere: A 192.0.2.7. Nothing was changed. Choose another name in "
        "`slipway_apps[].domains`, or replace the record: `slipway tunnel ENV --force`."
    )
    assert [record["content"] for record in api.records.values()] == ["192.0.2.7"]


def test_a_record_that_leads_elsewhere_is_replaced_by_force(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    api.add_record("A", NAME, "192.0.2.7")
    assert cloudflare.ensure_record(zone, NAME, tunnel, force=True) is True
    assert [record["content"] for record in api.records.values()] == [tunnel.target]


def test_our_own_record_of_a_former_tunnel_is_renewed(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    cloudflare.ensure_record(zone, NAME, tunnel)
    cloudflare.delete_tunnel(ACCOUNT_ID, tunnel)
    again, _ = cloudflare.ensure_tunnel(ACCOUNT_ID, "dev")
    assert cloudflare.ensure_record(zone, NAME, again) is True
    assert [record["content"] for record in api.records.values()] == [again.target]


def test_a_record_whose_creation_got_no_answer_is_not_made_twice(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    api.faults.append(Fault("create_record", status=502, done_all_the_same=True))
    assert cloudflare.ensure_record(zone, NAME, tunnel) is True
    assert len(api.records) == 1


def test_texts_beside_the_name_are_left_alone(api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel) -> None:
    api.add_record("TXT", NAME, "v=spf1 -all")
    with pytest.raises(CloudflareError, match="already exists"):
        # The zone itself refuses a CNAME beside other records; ours is not to delete them.
        cloudflare.ensure_record(zone, NAME, tunnel)
    assert [record["type"] for record in api.records.values()] == ["TXT"]


def test_only_records_of_this_tunnel_are_removed(
    api: StandIn, cloudflare: Cloudflare, zone: Zone, tunnel: Tunnel
) -> None:
    cloudflare.ensure_record(zone, NAME, tunnel)
    api.add_record("A", f"www.{ZONE}", "192.0.2.7")
    assert cloudflare.remove_records(zone, [NAME, f"www.{ZONE}", f"gone.{ZONE}"], tunnel) == [NAME]
    assert [record["name"] for record in api.records.values()] == [f"www.{ZONE}"]


def test_the_secret_of_a_tunnel_is_never_shown(cloudflare: Cloudflare, tunnel: Tunnel) -> None:
    credentials = cloudflare.credentials(ACCOUNT_ID, tunnel)
    for shown in (repr(credentials), str(credentials), f"{credentials.secret}"):
        assert "[redacted]" in shown
        assert credentials.secret.reveal() not in shown


@pytest.mark.parametrize("text", ["", "eyJ", "bm90IGpzb24=", "e30="])
def test_what_is_no_token_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^this is not a tunnel token \(base64 of JSON with the keys a, t and s\)$"):
        Credentials.from_token(Secret(text))
