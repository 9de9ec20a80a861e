"""What the look judges beside the doctor: answers, disks, schedules, restarts, clients of a store."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.findings.finding import Finding
from ansible_collections.slipway.kit.plugins.module_utils.release.job import Job
from ansible_collections.slipway.kit.plugins.module_utils.release.job_run import Outcome, Run
from ansible_collections.slipway.kit.plugins.module_utils.watch import (
    answers,
    clients,
    disk_rate,
    jobs,
    quiet,
    restarts,
)

NOW = 1_800_000_000.0
GIB = 2**30


def said(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.what) for finding in found]


def line(status: int, upstream: str = "127.0.0.1:20000", age_s: float = 10, **more: object) -> bytes:
    told: dict[str, object] = {"ts": NOW - age_s, "status": status, "upstream": upstream}
    if upstream:
        told["upstream_status"] = status
    return json.dumps({**told, **more}).encode()


def failing(*lines: bytes) -> list[tuple[str, str]]:
    return said(answers.failing("web1", "box", lines, NOW - 120))


def test_too_many_5xx_of_the_app_are_a_finding() -> None:
    good = [line(200)] * 95
    assert failing(*good, *[line(500)] * 5) == [("ANSWERS_5XX", "5 of the last 100 answers of app box were 5xx.")]
    assert failing(*good, *[line(200)] * 6, *[line(500)] * 5) == [], "less than one in twenty"
    assert failing(*[line(500)] * 4) == [], "a handful says nothing"


def test_only_answers_of_the_app_count() -> None:
    caddys = [line(503, upstream=""), line(500, age_s=121), b"{", b"[]", b"7", b'{"ts": "x"}', b"x" * 70_000]
    assert failing(*caddys * 9) == []
    broken = line(502, upstream_status="")
    assert failing(*[broken] * 5) == [("ANSWERS_5XX", "5 of the last 5 answers of app box were 5xx.")]
    assert failing(*[line(503, upstream_status="")] * 9) == []


def test_the_log_is_read_from_its_end_and_no_link_followed(tmp_path: Path) -> None:
    log = tmp_path / "box.log"
    log.write_bytes(b"".join(line(200) + b"\n" for _ in range(20_000)))
    lines = answers.last_lines("box", tmp_path)
    assert answers.READ * 0.9 < sum(map(len, lines)) < answers.READ
    json.loads(lines[0])
    (tmp_path / "evil.log").symlink_to(log)
    assert answers.last_lines("evil", tmp_path) == answers.last_lines("none", tmp_path) == []


def samples(*free: float, step_s: float = 60) -> list[list[float]]:
    kept: list[list[float]] = []
    for number, each in enumerate(free):
        kept = disk_rate.remembered(kept, each, NOW + number * step_s)
    return kept


def test_a_disk_that_fills_is_told_with_the_hours_left() -> None:
    kept = samples(*(10 * GIB - minute * GIB / 60 for minute in range(31)))
    [found] = disk_rate.filling("web1", {"/": kept})
    assert (found.code, found.severity) == ("DISK_FILLING", "warning")
    assert found.what == "/ will be full in 10 hours, at the rate of the last hour."
    assert disk_rate.filling("web1", {"/": kept[:-1]}) == [], "less than half an hour says nothing"


@pytest.mark.parametrize(
    "free",
    [
        [10 * GIB] * 40,
        [10 * GIB] * 20 + [GIB] * 20,  # a release
        [10 * GIB - 300 * 2**20 * (minute % 10) for minute in range(60)],  # a file that grows and goes
        [10 * GIB - minute * GIB / 90 for minute in range(60)],  # in 14 hours
        [GIB + minute * 2**20 for minute in range(60)],
    ],
)
def test_a_step_a_wave_and_a_slow_rise_are_no_rate(free: list[float]) -> None:
    assert disk_rate.filling("web1", {"/": samples(*free)}) == []


def test_samples_are_an_hour_of_minutes() -> None:
    kept = samples(*range(400), step_s=30)
    assert (len(kept), kept[-1][0] - kept[0][0]) == (60, 3540.0)
    assert disk_rate.remembered(kept, 1.0, NOW - 10) == [[NOW - 10, 1.0]], "a clock that was set back begins again"


def test_paths_of_one_file_system_are_one() -> None:
    root, log = {"total": 9, "free": 3}, {"total": 4, "free": 2}
    assert disk_rate.of_report({"/": root, "/var/lib": root, "/var/log": log}) == {"/": 3, "/var/log": 2}


def seen(outcome: Outcome | None, *, service: str = "inactive", timer: str = "active", code: int = 0) -> jobs.Seen:
    job = Job("clean", "*-*-* 03:20", ("flask", "clean"), timeout_s=3600)
    last = Run("r1", NOW - 7200, NOW - 7000, outcome, code) if outcome else None
    return jobs.Seen("box", job, last, service, timer, NOW - 9000)


@pytest.mark.parametrize(
    ("job", "due", "expected"),
    [
        (seen("ok"), NOW + 60, []),
        (seen("ok"), NOW - 599, []),
        (seen(None), None, []),
        (seen("running", service="activating"), NOW - 6000, []),
        (seen("stopped"), NOW + 60, []),  # a deploy did it
        (seen("kept out", code=1), NOW + 60, []),
        (
            seen("failed", code=3),
            NOW + 60,
            [("JOB_FAILED", "Schedule clean of app box ended with code 3, 2 h ago.")],
        ),
        (
            seen("timed out"),
            NOW + 60,
            [("JOB_FAILED", "Schedule clean of app box took more than 1 h and was stopped, 2 h ago.")],
        ),
        (
            seen("running"),
            NOW + 60,
            [("JOB_FAILED", "Schedule clean of app box was interrupted: the host went down with it, 2 h ago.")],
        ),
        (seen("ok"), NOW - 601, [("JOB_MISSED", "Schedule clean of app box was to run 10 min ago and did not.")]),
        (
            seen("ok", timer="inactive"),
            NOW + 60,
            [("JOB_MISSED", "Schedule clean of app box will not run: its timer is inactive.")],
        ),
    ],
)
def test_a_schedule_that_failed_or_did_not_run_is_a_finding(
    job: jobs.Seen, due: float | None, expected: list[tuple[str, str]]
) -> None:
    assert said(jobs.judge("web1", job, due, NOW)) == expected


def test_when_a_job_was_due_is_asked_once_per_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def output(command: list[str]) -> str:
        asked.append(command)
        return "    Next elapse: Fri 2027-01-15 04:20:00 CET\n       (in UTC): Fri 2027-01-15 03:20:00 UTC\n"

    monkeypatch.setattr(jobs, "output", output)
    due = jobs.remembered_due({}, seen("ok"))
    assert time.strftime("%d %H:%M", time.gmtime(due["due"])) == "15 03:20"
    assert asked == [["systemd-analyze", "calendar", f"--base-time=@{NOW - 7200:.0f}", "--", "*-*-* 03:20"]]
    assert jobs.remembered_due(due, seen("ok")) == due
    assert len(asked) == 1
    jobs.remembered_due(due, seen(None))
    assert len(asked) == 2, "what never ran was due since it was declared"


def container(restarts_: int) -> dict[str, Any]:
    return {"Id": "i1", "Name": "/box-blue", "RestartCount": restarts_}


def test_a_container_in_a_circle_is_told() -> None:
    counts: dict[str, Any] = {}
    told = []
    for minute, count in enumerate([0, 1, 1, 2, *[2] * 20]):
        counts = restarts.counted(counts, [container(count)], NOW + 60 * minute)
        told.append(len(restarts.restarting("web1", counts, [container(count)])))
    # Until the first of them is ten minutes ago.
    assert told == [0, 0, 0, *[1] * 8, *[0] * 13]


def test_a_new_container_s_restarts_all_count() -> None:
    made = {**container(2), "Created": "2027-01-15T07:59:00.123456789Z"}
    assert len(restarts.restarting("web1", restarts.counted({}, [made], NOW), [made])) == 1
    old = {**made, "Created": "2027-01-14T07:59:00Z"}
    assert restarts.restarting("web1", restarts.counted({}, [old], NOW), [old]) == []


def test_killed_processes_are_told_for_ten_minutes() -> None:
    kills = [[NOW - 601, "old"], [NOW - 600, "box-blue"], [NOW, "box-blue"], [NOW, ""]]
    assert said(restarts.killed("web1", kills, NOW)) == [
        ("OOM_KILLED", "A process of container box-blue was killed for want of memory."),
        ("OOM_KILLED", "A process of web1 was killed for want of memory."),
    ]


def test_docker_is_asked_for_kills_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    told = b'{"Type":"container","Action":"oom","Actor":{"Attributes":{"name":"box-blue"}}}\n'
    monkeypatch.setattr(restarts, "body", lambda path: asked.append(path) or told)  # type: ignore[func-returns-value]  # a recorder
    assert restarts.kills_since(NOW - 30, NOW) == ["box-blue"]
    assert asked[0].startswith("/events?since=1799999970.000&until=1800000000.000&filters=%7B")
    monkeypatch.setattr(restarts, "body", lambda _: None)
    assert restarts.kills_since(NOW - 30, NOW) == []


def test_a_silent_client_is_missed_and_no_link_of_it_followed(tmp_path: Path) -> None:
    (tmp_path / "web1/snapshots").mkdir(parents=True)
    os.utime(tmp_path / "web1/snapshots", (NOW - 7200, NOW - 7200))
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil/snapshots").symlink_to(tmp_path)
    told = {name: {"folder": str(tmp_path / name), "silent_hours": 2} for name in ("web1", "evil", "none")}
    assert said(clients.silent("store", told, NOW)) == [
        ("CLIENT_SILENT", f"Client {name} of the store store never sent a copy: it is down, or its copies fail.")
        for name in ("evil", "none")
    ]
    assert clients.silent("store", {"web1": told["web1"]}, NOW + 1)[0].what.startswith(
        "Client web1 of the store store sent its last copy 2 h ago"
    )


def held(*, alive: bool = True) -> list[dict[str, Any]]:
    return [{"app": "box", "path": "x", "owner": "eve", "alive": alive}]


def test_what_a_change_looks_like_is_no_fault_while_it_goes_on() -> None:
    found = [
        Finding("STATUS", "x", "app box on web1"),
        Finding("STATUS", "x", "app boxer on web1"),
        Finding("JOB_MISSED", "x", "app box on web1: schedule clean"),
        Finding("DISK_FULL", "x", "/ on web1"),
        Finding("OOM_KILLED", "x", "box-blue on web1"),
    ]
    busy = quiet.under_change(held(), {}, NOW)
    assert quiet.without_changes(found, busy, NOW) == [found[1], *found[3:]]
    assert quiet.without_changes(found, quiet.under_change(held(alive=False), {}, NOW), NOW) == found
    assert quiet.without_changes(found, quiet.under_change([], busy, NOW + 30), NOW + 30) == found


def test_a_change_without_end_hides_nothing_for_ever() -> None:
    busy: dict[str, list[float]] = {}
    found = [Finding("STATUS", "x", "app box on web1")]
    hidden = 0
    for number in range(130):
        now = NOW + 30 * number
        busy = quiet.under_change(held(), busy, now)
        hidden += not quiet.without_changes(found, busy, now)
    assert hidden == 120


def test_answers_count_from_the_first_look_that_finds_the_app_free() -> None:
    busy = quiet.under_change(held(), {}, NOW)
    busy = quiet.under_change([], busy, NOW + 30)
    assert busy["box"] == [NOW, NOW, NOW + 30]
    assert quiet.under_change([], busy, NOW + 60) == busy
    assert quiet.under_change(held(), busy, NOW + 90)["box"] == [NOW + 90] * 3, "another change"
