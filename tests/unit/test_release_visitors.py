"""Whom a release is judged by: the app's own answers, proven; never by what a stranger can do to his own requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.app import App, Slot
from ansible_collections.slipway.kit.plugins.module_utils.release.front import Front
from ansible_collections.slipway.kit.plugins.module_utils.release.visitors import KNOWN_PART, READ_PER_LOOK, Visitors
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

OLD: Slot = "blue"
NEW: Slot = "green"
Ask = Callable[[Slot, str], int]


@pytest.fixture
def app(tmp_path: Path) -> App:
    declared = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "loopback_port": 21000}
    return replace(App.parse(complete([declared])[0]), root=tmp_path)


class Log:
    """An access log as Caddy writes it, and who reads it."""

    def __init__(self, folder: Path, app: App) -> None:
        self.path, self.app, self.front = folder / "tiny.log", app, Front(Path("/nowhere"), folder)

    def write(
        self, slot: Slot, status: object, *, client: object = "192.0.2.1", path: object = "/", times: int = 1
    ) -> None:
        upstream = f"127.0.0.1:{self.app.ports[slot]}"
        request = {"client_ip": client, "method": "GET", "uri": path}
        shown = status if isinstance(status, int) else 502
        line = {"request": request, "status": shown, "upstream": upstream, "upstream_status": status}
        self.raw((json.dumps(line) + "\n").encode() * times)

    def raw(self, text: bytes) -> None:
        with self.path.open("ab") as log:
            log.write(text)

    def visitors(self) -> Visitors:
        return Visitors(self.front, self.app, NEW, dict.fromkeys((OLD, NEW), self.app.processes))


@pytest.fixture
def log(tmp_path: Path, app: App) -> Log:
    return Log(tmp_path, app)


def slots(old: int = 200, new: int = 200) -> Ask:
    """Return what asks the slots: each answers every page with one status."""
    return lambda slot, _: old if slot == OLD else new


def verdict(visitors: Visitors, ask: Ask) -> str:
    visitors.look()
    return str(visitors.worse_off(ask))


def test_a_page_that_fails_where_the_old_release_answers_takes_it_back(log: Log) -> None:
    log.write(OLD, 200, times=100)
    visitors = log.visitors()
    log.write(NEW, 500, path="/shop", times=6)
    assert verdict(visitors, slots(old=200, new=500)) == (
        "6 of 6 answers to visitors were 5xx (0% before the switch), and GET /shop fails where the old release answers"
    )


# H2: five malformed chunks, resets, slow bodies: Caddy's own 502, the app has answered nothing.
def test_what_caddy_answers_by_itself_counts_for_nothing(log: Log) -> None:
    visitors = log.visitors()
    log.write(NEW, None, times=50)
    assert verdict(visitors, slots(new=500)) == ""
    assert visitors.now.total == 0


def test_answers_of_the_old_slot_count_for_nothing(log: Log) -> None:
    visitors = log.visitors()
    log.write(OLD, 500, times=50)
    assert verdict(visitors, slots(new=500)) == ""


@pytest.mark.parametrize("old", [500, 503, 0])
def test_a_page_that_fails_in_both_releases_is_no_worse(log: Log, old: int) -> None:
    visitors = log.visitors()
    log.write(NEW, 500, path="/always-fails", times=50)
    assert verdict(visitors, slots(old=old, new=500)) == ""


def test_a_request_that_only_a_stranger_can_make_fail_is_no_proof(log: Log) -> None:
    visitors = log.visitors()
    log.write(NEW, 500, path="/login", times=50)
    assert verdict(visitors, slots(old=200, new=200)) == ""


def test_pages_that_always_fail_hide_no_other(log: Log) -> None:
    visitors = log.visitors()
    for number in range(30):
        log.write(NEW, 500, path=f"/always-fails/{number}", times=20)
    log.write(NEW, 500, path="/shop", times=1)
    answers = {(OLD, "/shop"): 200}
    said = [verdict(visitors, lambda slot, path: answers.get((slot, path), 500)) for _ in range(11)]
    assert "GET /shop fails" in said[-1]


def test_a_constant_share_of_errors_takes_nothing_back(log: Log) -> None:
    log.write(OLD, 200, times=900)
    log.write(OLD, 500, times=100)
    visitors = log.visitors()
    log.write(NEW, 200, times=88)
    log.write(NEW, 500, times=12)
    assert verdict(visitors, slots(new=500)) == "", "12 % after 10 % is not asked about"


def test_a_failure_now_and_then_is_no_proof(log: Log) -> None:
    visitors = log.visitors()
    log.write(NEW, 500, times=20)
    given = iter([500, 500, 500, 500, 200])
    assert verdict(visitors, lambda slot, _: next(given) if slot == NEW else 200) == ""


@pytest.mark.parametrize(("known", "taken_back"), [(True, True), (False, False)])
def test_visitors_of_before_the_switch_are_believed_newcomers_are_not(log: Log, known: bool, taken_back: bool) -> None:
    clients = [f"198.51.100.{number}" for number in range(6)]
    for client in clients:
        log.write(OLD, 200, client=client if known else "203.0.113.9", times=3)
    visitors = log.visitors()
    for client in clients:
        log.write(NEW, 500, client=client, times=3)
    assert ("6 of 6 known clients get them" in verdict(visitors, slots())) is taken_back


def test_a_whole_ipv6_network_is_one_visitor(log: Log) -> None:
    clients = [f"2001:db8::{number}" for number in range(1, 9)]
    for client in clients:
        log.write(OLD, 200, client=client)
    visitors = log.visitors()
    for client in clients:
        log.write(NEW, 500, client=client)
    assert verdict(visitors, slots()) == ""
    assert set(visitors.now.clients) == {"2001:db8::/64"}


def test_a_few_of_many_known_visitors_prove_nothing(log: Log) -> None:
    clients = [f"198.51.100.{number}" for number in range(40)]
    for client in clients:
        log.write(OLD, 200, client=client)
    visitors = log.visitors()
    for client in clients:
        log.write(NEW, 500 if client in clients[:10] else 200, client=client)
    assert verdict(visitors, slots()) == ""


JUNK = [
    b"",
    b"\xff\xfe\x00",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1e999",
    b"NaN",
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b"x" * 1_000_000,
    b"9" * 10_000,
    b'{"upstream": "127.0.0.1:21001", "upstream_status": 500}',
    b'{"upstream": "127.0.0.1:21001", "upstream_status": 500, "request": null}',
    b'{"upstream": "127.0.0.1:21001", "upstream_status": "500", "request": {}}',
    b'{"upstream": "127.0.0.1:21001", "upstream_status": 1e999, "request": {}}',
    b'{"upstream": "127.0.0.1:21001", "upstream_status": 500, "request": {"client_ip": [1], "method": "GET"}}',
    b'{"upstream": "127.0.0.1:21001", "upstream_status": 500, "request": {"client_ip": "app", "method": "GET"}}',
    b'{"upstream": ["127.0.0.1:21001"], "upstream_status": 500, "request": {"client_ip": "::1"}}',
]


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: f"{junk[:20]!r}")
def test_no_line_stops_the_watch_or_hides_the_next(log: Log, junk: bytes) -> None:
    log.raw(junk + b"\n")
    visitors = log.visitors()
    log.raw(junk + b"\n")
    log.write(NEW, 500, times=5)
    assert "5 of 5 answers" in verdict(visitors, slots(new=500))


@pytest.mark.parametrize("path", ["/\u00e9", "/a b", "//\r\nHost: x", "relative", "", 7, None, ["/"], "/" + "a" * 5000])
def test_only_what_is_a_path_is_asked_for(log: Log, path: object) -> None:
    visitors = log.visitors()
    log.write(NEW, 500, path=path, times=5)
    visitors.look()
    assert visitors.now.pages == {}


def test_what_is_read_of_a_log_is_bounded(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.raw((b"x" * 1023 + b"\n") * 8 * 1024)
    read: list[int] = []
    whole = Front.log_part

    def noted(front: Front, app: App, position: int, most: int) -> bytes:
        part: bytes = whole(front, app, position, most)
        read.append(len(part))
        return part

    monkeypatch.setattr(Front, "log_part", noted)
    visitors = log.visitors()
    log.raw(b"y" * (READ_PER_LOOK + 10))  # one line without an end
    visitors.look()
    log.raw(b"\n")
    log.write(NEW, 500, times=5)
    assert "5 of 5 answers" in verdict(visitors, slots(new=500))
    assert read[0] == KNOWN_PART
    assert max(read) == READ_PER_LOOK


def test_a_line_that_is_half_written_is_read_when_it_is_whole(log: Log) -> None:
    visitors = log.visitors()
    log.write(NEW, 500, times=5)
    text = log.path.read_bytes()
    log.path.write_bytes(text[:-10])
    visitors.look()
    log.path.write_bytes(text)
    visitors.look()
    assert visitors.now.total == 5


def test_a_log_that_was_rotated_is_read_from_its_beginning(log: Log) -> None:
    log.write(OLD, 200, times=50)
    visitors = log.visitors()
    log.path.unlink()
    log.write(NEW, 500, times=5)
    visitors.look()
    assert visitors.now.total == 5


def test_no_log_at_all_is_no_evidence(log: Log) -> None:
    assert verdict(log.visitors(), slots(new=500)) == ""
