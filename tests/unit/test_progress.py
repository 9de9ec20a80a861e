"""The live view of a run: one line per phase, its changes, and readable failures."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.progress import COLUMNS, Timeline, failure, line, reported


@pytest.fixture
def timeline() -> Timeline:
    timeline = Timeline()
    timeline.enter("docker", now=10)
    return timeline


def test_a_phase_ends_when_the_next_one_begins(timeline: Timeline) -> None:
    timeline.changed("install | Install the engine")
    assert timeline.enter("docker", now=12) is None
    assert timeline.enter("caddy", now=13.5) == "  docker                  3.5 s  1 changed"


def test_a_phase_without_changes_has_only_its_time(timeline: Timeline) -> None:
    assert timeline.leave(now=11) == "  docker                  1.0 s"


def test_a_failed_phase_says_so(timeline: Timeline) -> None:
    timeline.changed("configure | Write daemon.json")
    assert timeline.leave(now=11, verdict="FAILED") == "  docker                  1.0 s  FAILED"


def test_no_phase_no_line() -> None:
    assert Timeline().leave(now=1) is None


def test_the_running_phase_shows_its_task(timeline: Timeline) -> None:
    assert timeline.running("install | Install", now=12.25).endswith("2.2 s  install | Install")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([], "Nothing had to change."),
        (["Write the Caddyfile"], "Changed:\n    Write the Caddyfile"),
        (["one", "two"], "Changed:\n    one\n    two"),
        (["task"] * 6, "6 tasks changed something."),
    ],
)
def test_the_summary_names_few_changes_and_counts_many(timeline: Timeline, changes: list[str], sentence: str) -> None:
    for change in changes:
        timeline.changed(change)
    timeline.leave(now=20)
    assert timeline.summary() == sentence


def test_lines_stay_within_80_columns() -> None:
    long = line("strongbox", 1.0, "x" * 200)
    assert len(long) == COLUMNS
    assert long.endswith("…")


def test_a_failure_tells_task_host_message_and_place() -> None:
    told = failure("web1", "docker : Start", "roles/docker/tasks/run.yml:3", {"msg": "non-zero", "stderr": "no space"})
    assert told == ("\n  docker : Start failed on web1:\n    non-zero\n    no space\n  (roles/docker/tasks/run.yml:3)")


def test_a_long_message_is_folded() -> None:
    told = failure("web1", "task", "place", {"msg": "word " * 60})
    assert max(len(row) for row in told.splitlines()) <= COLUMNS


def test_a_silent_module_is_reported_as_such() -> None:
    assert "The module said nothing." in failure("web1", "task", "place", {"rc": 1})


def test_a_release_is_named_with_what_it_replaces_and_what_was_sent() -> None:
    turn = {"item": "shop", "changed": True, "release": "2b", "previous": "1a", "shipped": "0.7 MiB, 2 of 9 layers"}
    assert reported({"results": [turn, {"item": "blog", "said": ["1a is live already"]}]}) == [
        "  shop: release 2b is live in place of 1a, sent 0.7 MiB, 2 of 9 layers",
        "  blog: 1a is live already",
    ]
    assert reported({"changed": True, "release": "1a", "said": ["stopped what is not declared any more: old"]}) == [
        "  stopped what is not declared any more: old",
        "  release 1a is live",
    ]


def test_what_an_app_reports_is_plain() -> None:
    assert reported({"item": "a", "said": ["x\x1b[2J"]}) == ["  a: x\\x1b[2J"]
