"""Copies that did not come are found, by what the host itself wrote down."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor import copies as judged
from ansible_collections.slipway.kit.plugins.module_utils.doctor import proofs
from ansible_collections.slipway.kit.plugins.module_utils.hostreport import copies as reported

HOUR_S = 3600


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Return what role backup wrote, four hours ago."""
    path = tmp_path / "backup.json"
    path.write_text(json.dumps({"every_minutes": 15}))
    os.utime(path, (time.time() - 4 * HOUR_S,) * 2)
    return path


def said(told: Path, **last: object) -> list[str]:
    """Return what the doctor says, given how the last run went."""
    state = told.with_name("state.json")
    if last:
        state.write_text(json.dumps({"backup": last}))
    return [finding.what for finding in judged.old("web1", reported.read(told, state))]


def test_where_no_copies_are_declared_none_is_missed(tmp_path: Path) -> None:
    assert judged.old("web1", reported.read(tmp_path / "none", tmp_path / "none")) == []


@pytest.mark.parametrize(("minutes", "found"), [(44, 0), (46, 1)])
def test_three_times_the_interval_is_too_old(told: Path, minutes: int, found: int) -> None:
    assert len(said(told, ok=True, last_ok=time.time() - minutes * 60)) == found


def test_a_failure_says_why_on_one_line(told: Path) -> None:
    [line] = said(told, ok=False, last_ok=time.time() - 2 * HOUR_S, said="restic ended\nwith 1\x1b[2J")
    assert line == (
        "The last good copy of the data on web1 is 2 h old; one is made every 15 min."
        " The last run said: restic ended\\nwith 1\\x1b[2J"
    )


def test_a_copy_that_never_came_is_missed_from_the_declaration_on(told: Path) -> None:
    assert said(told) == ["No copy of the data on web1 was made in 4 h; one is made every 15 min."]
    os.utime(told)
    assert said(told) == []


def test_a_damaged_state_counts_for_none(told: Path) -> None:
    told.with_name("state.json").write_text('{"backup": 7')
    assert len(said(told)) == 1


DAY_S = 24 * HOUR_S


@pytest.mark.parametrize(
    ("verb", "last", "code", "what"),
    [
        (
            "drill",
            {"ok": False, "said": "shop: it is not whole\x1b[2J"},
            "DRILL_FAILED",
            "The newest copy of the data on web1 did not pass its drill: shop: it is not whole\\x1b[2J",
        ),
        ("drill", {}, "DRILL_OLD", "No copy of the data on web1 was fetched and judged in 9 d."),
        (
            "check",
            {"ok": False, "said": "pack 7"},
            "CHECK_FAILED",
            "What the store has of web1 is damaged, or could not be read: pack 7",
        ),
        ("check", {}, "CHECK_OLD", "No copy of the data on web1 was read in the store in 9 d."),
    ],
)
def test_unproved_copies_are_found(told: Path, verb: str, last: dict[str, object], code: str, what: str) -> None:
    now = time.time()
    good = {"ok": True, "last_ok": now}
    known = {"backup": {"first": now - 9 * DAY_S, **good}, "drill": good, "check": good, verb: last}
    told.with_name("state.json").write_text(json.dumps(known))
    found = proofs.unproved("web1", reported.read(told, told.with_name("state.json")))
    assert [(each.code, each.what) for each in found] == [(code, what)]


@pytest.mark.parametrize("first", [None, 7 * DAY_S])
def test_nothing_is_due_before_its_time(told: Path, first: int | None) -> None:
    """A drill is due a week after the first copy, with a day of patience."""
    backup = {"ok": True} | ({"first": time.time() - first} if first else {})
    known = {"backup": backup, "check": {"ok": True, "last_ok": time.time()}}
    told.with_name("state.json").write_text(json.dumps(known))
    assert proofs.unproved("web1", reported.read(told, told.with_name("state.json"))) == []
