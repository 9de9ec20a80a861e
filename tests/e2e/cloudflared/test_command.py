"""`make tunnel ENV=dev` as a whole: the strict stand-in of the API, cloudflared itself, a visitor of the name."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.summary import Note
from tests.unit.cloudflare.standin import ZONE, StandIn

from . import public
from .development_host import PASSWORD, DevelopmentHost
from .edge import Edge
from .front import DOMAIN, RELEASE

pytestmark = [pytest.mark.cloudflared, pytest.mark.rig]
TUNNEL, DOWN = "playbooks/tunnel.yml", "playbooks/tunnel-down.yml"


@pytest.fixture(scope="module")
def account() -> Iterator[StandIn]:
    account = StandIn()
    yield account
    account.close()


@pytest.fixture(scope="module")
def edge(
    dev: DevelopmentHost, edge_of_host: Edge, account: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edge]:
    """Have the inventory of a user with an API token, and the public side for the visitor that ends the command."""
    vault = VaultLib([("default", VaultSecret(PASSWORD.encode()))])
    dev.vault.write_bytes(vault.encrypt(b"vault_cloudflare_api_token: token-for-tests\n"))
    with public.side(edge_of_host, account, tmp_path_factory.mktemp("public")) as authority:
        check = {"tunnel_check_address": public.ADDRESS, "tunnel_check_ca": str(authority)}
        dev.tell(tunnel_zone=ZONE, tunnel_api_url=account.url, tunnel_allowed=[], **check)
        yield edge_of_host


def test_one_command_gives_the_name_a_page(dev: DevelopmentHost, edge: Edge, account: StandIn, note: Note) -> None:
    start = time.monotonic()
    played = dev.play(TUNNEL)
    seconds = time.monotonic() - start
    assert f"https://{DOMAIN}/ answers with release {RELEASE}" in played.stdout
    [tunnel] = account.tunnels.values()
    [record] = account.records.values()
    assert (record["name"], record["content"]) == (DOMAIN, f"{tunnel['id']}.cfargotunnel.com")
    assert edge.registrar.registered[-1].tunnel == tunnel["id"]
    note("measured", f"make tunnel with cloudflared itself, from the API token to a visitor's page: {seconds:.1f} s")


def test_a_second_run_changes_nothing(dev: DevelopmentHost, edge: Edge) -> None:
    assert dev.play(TUNNEL).changed == 0


def test_a_guard_is_asked_for_at_the_edge_and_on_the_host(  # K-06
    dev: DevelopmentHost, edge: Edge
) -> None:
    inventory = dev.vault.with_name("main.yml")
    inventory.write_text(inventory.read_text().replace("tunnel_allowed: []", f"tunnel_allowed: [{ZONE}]"))
    played = dev.play(TUNNEL)
    assert f"https://{DOMAIN}/ asks visitors to log in" in played.stdout
    assert edge.ask(DOMAIN).status == 403, "somebody took the guard away at the edge, and the host let everybody in"


def test_taking_it_down_leaves_nothing_there_or_here(dev: DevelopmentHost, edge: Edge, account: StandIn) -> None:
    dev.play(DOWN)
    assert (account.records, account.apps) == ({}, {})
    assert [tunnel["deleted"] for tunnel in account.tunnels.values()] == [True]
    assert dev.sh("ls /etc/cloudflared /usr/local/bin/cloudflared; getent passwd cloudflared") == ""
    with pytest.raises(ConnectionError):
        edge.ask(DOMAIN)
    assert dev.play(DOWN).changed == 0
