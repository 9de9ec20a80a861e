"""What is told of findings: new ones, those that stay, and their end, by looks and a clock that the tests make up."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.findings.finding import Finding
from ansible_collections.slipway.kit.plugins.module_utils.watch import notices
from ansible_collections.slipway.kit.plugins.module_utils.watch.notices import Event, Trouble

DOWN = Finding("CONTAINER_DOWN", "The live container of app box is gone.", "app box on web1", "slipway deploy ENV")
DISK = Finding("DISK_FULL", "/ has 9 MiB left.", "/ on web1", "du", "warning")
START = 1_800_000_000.0
LOOK_S = 30.0


class Clock:
    """Looks half a minute apart, and what they tell."""

    def __init__(self) -> None:
        self.now, self.known = START, dict[str, Trouble]()

    def look(self, *found: Finding, after_s: float = LOOK_S) -> list[tuple[str, str]]:
        self.now += after_s
        return [(event.state, event.code) for event in self.events(*found)]

    def events(self, *found: Finding) -> list[Event]:
        self.known, events = notices.after(self.known, found, self.now)
        return list(events)


def test_two_looks_in_a_row_make_a_notice_and_two_its_end() -> None:
    clock = Clock()
    assert clock.look(DOWN) == []
    assert clock.look(DOWN) == [("new", "CONTAINER_DOWN")]
    assert clock.look(DOWN) == []
    assert clock.look() == []
    assert clock.look() == [("over", "CONTAINER_DOWN")]
    assert (clock.look(), clock.known) == ([], {})


def test_what_one_look_sees_is_nothing_however_often() -> None:
    clock = Clock()
    assert [clock.look(*found) for found in [(DOWN,), (), (DOWN,), (), (DOWN,), ()]] == [[]] * 6


def test_one_good_look_does_not_end_what_was_told() -> None:
    clock = Clock()
    clock.look(DOWN)
    clock.look(DOWN)
    assert [clock.look(*found) for found in [(), (DOWN,), (), (DOWN,)]] == [[]] * 4


def test_what_stays_is_told_again_after_a_day() -> None:
    clock = Clock()
    clock.look(DOWN)
    clock.look(DOWN)
    assert clock.look(DOWN, after_s=24 * 3600 - 1) == []
    assert clock.look(DOWN, after_s=1) == [("still", "CONTAINER_DOWN")]
    assert clock.look(DOWN) == []


def test_other_figures_of_the_same_finding_are_not_news() -> None:
    clock = Clock()
    clock.look(DISK)
    clock.look(DISK)
    assert clock.look(replace(DISK, what="/ has 8 MiB left.", severity="error")) == []
    clock.now += LOOK_S
    clock.events()
    [over] = clock.events()
    assert (over.what, over.since) == ("/ has 8 MiB left.", START + LOOK_S)


def test_findings_of_one_place_are_one_notice() -> None:
    clock = Clock()
    twice = [Finding("SECRET_READABLE", f"/{name} has mode 0644.", "web1") for name in ("a", "b")]
    clock.events(*twice)
    [event] = clock.events(*twice)
    assert event.what == "/a has mode 0644. /b has mode 0644."


def test_the_gravest_comes_first_and_what_is_over_last() -> None:
    clock = Clock()
    updates = Finding("LISTS_STALE", "The lists are old.", "apt on web1", "", "warning")
    clock.events(DISK)
    clock.events(DISK)
    clock.events(updates, DOWN)
    assert clock.look(updates, DOWN) == [("new", "CONTAINER_DOWN"), ("new", "LISTS_STALE"), ("over", "DISK_FULL")]


def test_notices_of_the_doctor_are_not_told() -> None:
    clock = Clock()
    held = Finding("LEASE_HELD", "eve changes app box.", "lease.json", "", "notice")
    assert [clock.look(held) for _ in range(3)] == [[]] * 3


@pytest.mark.parametrize(("code", "hours"), [("MAINTENANCE", 24), ("SECURITY_UPDATES", 26), ("APP_MISSING", 1)])
def test_what_ends_by_itself_is_told_where_it_stays(code: str, hours: int) -> None:
    clock, found = Clock(), Finding(code, "x", "app box on web1")
    clock.look(found)
    assert clock.look(found, after_s=hours * 3600 - 1) == []
    assert clock.look(found, after_s=1) == [("new", code)]


def test_a_clock_that_is_set_back_repeats_nothing() -> None:
    clock = Clock()
    clock.look(DOWN)
    clock.look(DOWN)
    assert clock.look(DOWN, after_s=-7 * 24 * 3600) == []
    assert clock.look(DOWN, after_s=24 * 3600) == [("still", "CONTAINER_DOWN")]


def test_what_is_written_down_is_what_is_read_and_damage_is_forgotten() -> None:
    clock = Clock()
    clock.look(DOWN)
    written = {key: asdict(trouble) for key, trouble in clock.known.items()}
    assert notices.restored(written) == clock.known
    assert notices.restored({"a": {"code": 1}, "b": [], **written}) == clock.known
    assert notices.restored(None) == notices.restored([]) == {}


def test_a_boot_ends_what_was_only_seen() -> None:
    clock = Clock()
    clock.look(DISK)
    clock.look(DISK, DOWN)
    assert [trouble.code for trouble in notices.told_of(clock.known).values()] == ["DISK_FULL"]
