"""The development host's tunnel with cloudflared itself, from the role's files to Caddy, over an edge of the tests."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.summary import Note

from .conftest import TEAM
from .connection import Answer
from .daemon import CREDENTIALS, Daemon, Setting, running
from .edge import Edge
from .front import DOMAIN, RELEASE, SLOW, SLOW_PATH
from .passes import Team

pytestmark = pytest.mark.cloudflared
END_S = 60.0
AUDIENCE = "0123456789abcdef" * 4
DELETED = "Unauthorized: Tunnel not found"


@pytest.fixture(scope="module")
def daemon(setting: Setting, edge: Edge) -> Iterator[Daemon]:
    with running(setting) as daemon:
        daemon.until(lambda: daemon.ready() == (200, 1))
        yield daemon


def status(edge: Edge, *asked: str, **headers: str) -> int:
    """Return the status that a visitor gets, 0 while there is no way to the host."""
    try:
        return edge.ask(*asked, **headers).status
    except ConnectionError:
        return 0


def test_it_registers_as_the_tunnel_of_its_credentials(daemon: Daemon, edge: Edge) -> None:
    registered = edge.registrar.registered[0]
    assert (registered.account, registered.tunnel) == (CREDENTIALS["AccountTag"], CREDENTIALS["TunnelID"])
    assert registered.secret == b"canary-of-a-tunnel-secret-32-bytes"


def test_a_visitor_gets_the_page_of_the_live_release(daemon: Daemon, edge: Edge) -> None:
    answer = edge.ask(DOMAIN)
    assert (answer.status, answer.headers.get("x-release")) == (200, RELEASE), daemon.log.read_text()
    assert "strict-transport-security" in answer.headers


def test_caddy_is_asked_by_the_visitors_name_and_hears_his_address(daemon: Daemon, edge: Edge) -> None:
    heard = json.loads(edge.ask(DOMAIN, x_forwarded_for="203.0.113.9").body)
    # Caddy refuses a Host that is not the server name of the connection, so this name was asked for in both places.
    assert (heard["host"], heard["x-forwarded-for"]) == (DOMAIN, "203.0.113.9")


def test_a_name_without_a_route_gets_404_from_cloudflared(daemon: Daemon, edge: Edge) -> None:  # K-04
    answer = edge.ask("other.example.com")
    assert (answer.status, answer.headers) == (404, {}), "Caddy's answers have headers"


def test_the_secret_is_in_no_log(daemon: Daemon) -> None:  # K-02
    assert CREDENTIALS["TunnelSecret"] not in daemon.log.read_text()


def test_an_edge_that_went_away_is_dialled_again(daemon: Daemon, edge: Edge, note: Note) -> None:  # Z-29
    waits = []
    for _ in range(3):
        edge.drop()
        daemon.until(lambda: status(edge, DOMAIN) == 0)
        waits.append(daemon.until(lambda: status(edge, DOMAIN) == 200))
    note("measured", f"cloudflared, edge lost: the page is back after {', '.join(f'{wait:.1f}' for wait in waits)} s")


def test_running_requests_finish_when_it_is_stopped(daemon: Daemon, edge: Edge) -> None:  # Z-30
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(edge.ask(DOMAIN, SLOW_PATH)))
    asking.start()
    daemon.until(SLOW.is_set)
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.ended() == 0, daemon.log.read_text()
    asking.join(END_S)
    assert [answer.status for answer in answers] == [200]
    assert edge.registrar.left == 1


def test_a_refused_first_registration_ends_it_so_that_the_unit_starts_it_again(
    setting: Setting, refusing: Edge
) -> None:
    refusing.registrar.refusal = "the account is on hold"
    with running(setting) as daemon:
        assert daemon.ended() == 1, daemon.log.read_text()
    assert "the account is on hold" in daemon.log.read_text()


def test_a_deleted_tunnel_is_asked_for_again_and_never_ready(setting: Setting, refusing: Edge) -> None:  # Z-31
    refusing.registrar.refusal, before = DELETED, refusing.registrar.refused
    with running(setting) as daemon:
        daemon.until(lambda: refusing.registrar.refused >= before + 5)
        assert daemon.ready() == (503, 0)
    assert DELETED in daemon.log.read_text()


@pytest.fixture(scope="module")
def guarded(setting: Setting, edge: Edge) -> Iterator[Daemon]:
    with running(setting, cloudflared_access={"team": TEAM.name, "audience": AUDIENCE}) as daemon:
        daemon.until(lambda: status(edge, DOMAIN) != 0)
        yield daemon


@pytest.mark.parametrize(
    ("carried", "expected"),
    [
        ({}, 403),
        ({"cf_access_jwt_assertion": TEAM.sign(AUDIENCE)}, 200),
        ({"cf_access_jwt_assertion": TEAM.sign("f" * 64)}, 403),
        ({"cf_access_jwt_assertion": Team(TEAM.name).sign(AUDIENCE)}, 502),
        ({"cf_access_jwt_assertion": "nonsense"}, 502),
    ],
    ids=["none", "right", "for another site", "forged", "nonsense"],
)
def test_a_guarded_site_wants_a_pass(guarded: Daemon, edge: Edge, carried: dict[str, str], expected: int) -> None:
    assert status(edge, DOMAIN, **carried) == expected, guarded.log.read_text()
