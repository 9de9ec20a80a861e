"""Role cloudflared with cloudflared itself, on a host: what the unit's confinement and systemd make of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.summary import Note

from . import waiting
from .daemon import CREDENTIALS
from .development_host import DevelopmentHost, longest_silence
from .edge import Edge
from .front import APP, DOMAIN, RELEASE

pytestmark = [pytest.mark.cloudflared, pytest.mark.rig]
BETWEEN_S = 0.05


class Watch(threading.Thread):
    """Asks as a visitor, again and again."""

    def __init__(self, edge: Edge) -> None:
        super().__init__()
        self._edge, self.over, self.answered = edge, threading.Event(), list[tuple[float, bool]]()

    def run(self) -> None:
        while not self.over.wait(BETWEEN_S):
            self.answered.append((time.monotonic(), answers(self._edge)))


def answers(edge: Edge) -> bool:
    try:
        answer = edge.ask(DOMAIN)
    except ConnectionError:
        return False
    return (answer.status, answer.headers.get("x-release")) == (200, RELEASE)


@pytest.fixture(scope="module")
def edge(dev: DevelopmentHost, edge_of_host: Edge) -> Edge:
    dev.tell(cloudflared_credentials=CREDENTIALS)
    dev.apply()
    return edge_of_host


@pytest.fixture
def until(dev: DevelopmentHost, tmp_path: Path) -> Callable[[Callable[[], bool]], float]:
    def wait(what: Callable[[], bool]) -> float:
        journal = tmp_path / "journal"
        journal.write_text("")
        try:
            return waiting.until(what, journal)
        except AssertionError as late:
            raise AssertionError(dev.sh("journalctl -u cloudflared -n 40 --no-pager")) from late

    return wait


def test_the_confined_unit_is_ready_when_the_role_is_done(dev: DevelopmentHost, edge: Edge) -> None:  # K-01
    assert answers(edge), dev.sh("journalctl -u cloudflared -n 40 --no-pager")
    assert (dev.shown("User"), dev.shown("SubState"), dev.shown("NRestarts")) == ("cloudflared", "running", "0")


def test_a_second_run_changes_nothing(dev: DevelopmentHost, edge: Edge) -> None:
    assert dev.apply().changed == 0


def test_the_secret_is_where_only_the_program_reads_it(dev: DevelopmentHost, edge: Edge) -> None:  # K-02
    shown = "journalctl --no-pager; ps -eo args; tr '\\0' '\\n' </proc/$(systemctl show -P MainPID cloudflared)/environ"
    assert CREDENTIALS["TunnelSecret"] not in dev.sh(shown)
    kept = "/run/credentials/cloudflared.service/credentials.json"
    assert dev.sh(f"runuser -u nobody -- cat {kept}; runuser -u caddy -- cat {kept}") == ""
    assert CREDENTIALS["TunnelSecret"] in dev.sh(f"cat {kept}")


def test_it_listens_on_loopback_for_its_metrics_and_nowhere_else(dev: DevelopmentHost, edge: Edge) -> None:  # K-07
    listening = dev.sh("ip netns exec quiet ss -Hltnp | grep cloudflared | awk '{print $4}'").split()
    assert listening == ["127.0.0.1:19241"]


def test_a_killed_program_is_started_again(
    dev: DevelopmentHost, edge: Edge, until: Callable[[Callable[[], bool]], float], note: Note
) -> None:
    dev.sh("systemctl kill --signal=KILL cloudflared")
    until(lambda: not answers(edge))
    note("measured", f"cloudflared killed on a host: the page is back after {until(lambda: answers(edge)):.1f} s")


def test_a_refused_registration_is_tried_again_ever_later(  # Z-31
    dev: DevelopmentHost, edge: Edge, refusing: Edge, until: Callable[[Callable[[], bool]], float], note: Note
) -> None:
    refusing.registrar.refusal = "the account is on hold"
    since = dev.sh("date +@%s").strip()
    dev.sh("systemctl restart --no-block cloudflared")
    until(lambda: len(dev.pauses(since)) >= 2)
    first, second = dev.pauses(since)[:2]
    assert second > 1.25 * first
    edge.registrar.refusal = ""
    until(lambda: answers(edge))
    note("measured", f"cloudflared refused on a host: started again after {first:.1f} s, then after {second:.1f} s")


def test_another_domain_costs_visitors_a_moment(dev: DevelopmentHost, edge: Edge, note: Note) -> None:
    apps = [{**APP, "domains": [DOMAIN, "two.example.com"]}]
    dev.tell(cloudflared_credentials=CREDENTIALS, slipway_apps=apps)
    watch = Watch(edge)
    watch.start()
    played = dev.apply()
    watch.over.set()
    watch.join()
    assert played.changed == 2, played.stdout  # the routes, and the unit that reads them at its start
    assert watch.answered[-1][1]
    note(
        "measured",
        f"cloudflared restarted for another domain: {longest_silence(watch.answered):.1f} s without an answer",
    )


def test_taking_it_away_leaves_nothing(dev: DevelopmentHost, edge: Edge) -> None:
    dev.apply("absent")
    left = dev.sh("find / -xdev -path '*cloudflared*' -not -path '/proc/*' -not -path '*/cloudflared.service.d*'")
    assert left == ""
    assert dev.sh("getent passwd cloudflared") == ""
    assert not answers(edge)
