"""Whole looks over a host and a clock that are made up: what is told, what is kept, and a day without a false word."""

from __future__ import annotations

import copy
import errno
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import files
from ansible_collections.slipway.kit.plugins.module_utils.visit import web
from ansible_collections.slipway.kit.plugins.module_utils.visit.web import Answer
from ansible_collections.slipway.kit.plugins.module_utils.watch import (
    answers,
    jobs,
    look,
    memory,
    quiet,
    report,
    restarts,
    ways,
)
from ansible_collections.slipway.kit.plugins.module_utils.watch.config import Config
from ansible_collections.slipway.kit.plugins.module_utils.watch.message import Message
from tests.unit.test_doctor import good

START = 1_800_000_000.0
HOUR_S, LOOK_S = 3600, 30
GIB = 2**30
CONFIG = Config.parse(
    {
        "host": "web1",
        "environment": "production",
        "apps": [
            {
                "name": "box",
                "names": ["box.example.com"],
                "domains": ["box.example.com"],
                "exposure": "public",
                "data_dir": "/srv/box",
                "data_limit_mib": 100,
            }
        ],
        "declared": [["tcp", 22], ["tcp", 80], ["tcp", 443], ["udp", 443]],
        "allowed": [],
        "trust_root": "",
        "notify": [{"kind": "webhook", "url": "https://hook.example.com/x"}],
        "heartbeat": "https://beat.example.com/x",
        "remind_hours": 24,
        "clients": [],
    }
)


def healthy() -> dict[str, Any]:
    told: dict[str, Any] = copy.deepcopy(good())
    told["certificates"] = {"waiting": ""}
    told["containers"]["containers"][0] |= {"Id": "i1", "RestartCount": 0}
    return told


@dataclass
class World:
    """A host whose report, sites and log a test writes; `got` is what its receiver took."""

    now: float = START
    report: dict[str, Any] = field(default_factory=healthy)
    status: int = 200
    trouble: str = ""
    log: list[bytes] = field(default_factory=list)
    moves: bool = False
    boot: str = "b1"
    away: str = ""
    got: list[Message] = field(default_factory=list)
    beats: int = 0

    def look(self) -> None:
        self.now += LOOK_S
        assert look.look(CONFIG) == 0

    def codes(self) -> list[str]:
        return [f"{event['state']} {event['code']}" for made in self.got for event in made.content["events"]]

    def visited(self, address: str, name: str, roots: str = "") -> Answer:
        assert (address, name, roots) == ("127.0.0.1", "box.example.com", "")
        release = self.report["releases"]["apps"]["box"]["release"] if self.status < 500 else ""
        month = 30 * 24 * HOUR_S
        return Answer(
            name,
            address,
            443,
            self.status,
            release or "r7",
            issued=self.now,
            expires=self.now + month,
            trouble=self.trouble,
        )

    def sent(self, _way: object, made: Message) -> str:
        if not self.away:
            self.got.append(made)
        return self.away

    def beat(self, url: str) -> str:
        assert url == CONFIG.heartbeat
        self.beats += 1
        return ""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    def read(_config: Config, known: memory.Memory, _now: float) -> dict[str, Any]:
        known.slow = {"measured": {}}
        made.report["upkeep"]["lists_updated"] = made.now
        return made.report

    monkeypatch.setattr(time, "time", lambda: made.now)
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folder is root's on a host
    monkeypatch.setattr(os, "fsync", lambda *_: None)
    monkeypatch.setattr(memory, "STATE", tmp_path)
    monkeypatch.setattr(memory, "RUN", tmp_path / "run")
    monkeypatch.setattr(look, "boot_id", lambda: made.boot)
    monkeypatch.setattr(report, "read", read)
    monkeypatch.setattr(quiet, "host_moves", lambda: made.moves)
    monkeypatch.setattr(web, "secure", made.visited)
    monkeypatch.setattr(answers, "last_lines", lambda *_: made.log)
    monkeypatch.setattr(jobs, "read", lambda *_: [])
    monkeypatch.setattr(restarts, "kills_since", lambda *_: [])
    monkeypatch.setattr(restarts, "kernel_kills", lambda: 0)
    monkeypatch.setattr(ways, "send", made.sent)
    monkeypatch.setattr(ways, "beat", made.beat)
    return made


def stop_container(world: World) -> None:
    world.report["containers"]["containers"][0]["State"]["Status"] = "exited"
    world.status = 502


def test_a_fault_is_told_by_the_second_look_and_its_end_too(world: World, tmp_path: Path) -> None:
    world.look()
    stop_container(world)
    world.look()
    assert world.got == []
    world.look()
    assert world.codes() == ["new CONTAINER_DOWN", "new STATUS"]
    assert "then: slipway deploy production" in world.got[0].text
    world.report, world.status = healthy(), 200
    world.look()
    world.look()
    assert world.codes()[2:] == ["over CONTAINER_DOWN", "over STATUS"]
    assert world.beats == 5
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_what_could_not_be_sent_is_sent_when_the_receiver_is_back(world: World) -> None:
    world.away = "no answer in time"
    stop_container(world)
    for _ in range(4):
        world.look()
    world.report, world.status = healthy(), 200
    world.look()
    world.look()
    assert (world.got, world.beats) == ([], 6)
    world.away = ""
    world.look()
    assert [made.title for made in world.got] == [
        "[web1] CONTAINER_DOWN, STATUS",
        "[web1] over: CONTAINER_DOWN, STATUS",
    ]
    world.look()
    assert len(world.got) == 2


def test_a_topic_that_can_not_be_judged_hides_no_other_and_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_container(world)
    monkeypatch.setattr(web, "secure", lambda *_: 1 / 0)
    world.look()
    world.look()
    assert world.codes() == ["new CONTAINER_DOWN", "new LOOK_FAILED"]
    assert "visits: ZeroDivisionError" in world.got[0].text


def test_a_report_that_can_not_be_read_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "read", lambda *_: 1 / 0)
    world.look()
    world.look()
    assert world.codes() == ["new LOOK_FAILED"]


def test_a_host_that_comes_up_is_not_judged_and_lives(world: World) -> None:
    stop_container(world)
    world.moves = True
    for _ in range(5):
        world.look()
    assert (world.got, world.beats) == ([], 5)


def test_what_was_seen_before_a_boot_does_not_count_after_it(world: World) -> None:
    stop_container(world)
    world.look()
    world.boot = "b2"
    world.look()
    assert world.got == []
    world.look()
    assert len(world.got) == 1


def test_a_failed_unit_of_a_schedule_is_left_to_its_run(world: World) -> None:
    world.report["upkeep"]["failed"] = ["slipway-job-box.clean.service", "broken.service"]
    world.look()
    world.look()
    assert [event["what"] for event in world.got[0].content["events"]] == ["Unit broken.service has failed."]


def test_a_damaged_memory_is_a_first_look(world: World, tmp_path: Path) -> None:
    parts = {"troubles": [], "letters": {}, "disks": 3, "boot": "b1", "at": "x", "busy": None}
    (tmp_path / "state.json").write_text(json.dumps(parts))
    world.look()
    assert world.got == []
    (tmp_path / "state.json").write_text("{")
    world.look()
    assert world.got == []


def test_a_full_disk_is_told_once_and_what_is_known_survives_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, full = files.write_json, True

    def write(path: Path, told: dict[str, object]) -> None:
        if full and path.parent == tmp_path:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        written(path, told)

    world.look()
    monkeypatch.setattr(files, "write_json", write)
    world.report["system"]["disks"]["/"]["free"] = 0
    for _ in range(4):
        world.look()
    assert world.codes() == ["new DISK_FULL"]
    assert (tmp_path / "run/state.json").exists()
    full, world.report = False, healthy()
    world.look()
    world.look()
    assert world.codes() == ["new DISK_FULL", "over DISK_FULL"]
    assert not (tmp_path / "run/state.json").exists()


def test_a_day_of_releases_and_upkeep_tells_nothing(world: World) -> None:
    """Five deploys, two rollbacks, a restore, a reboot, an upgrade of Docker, a nightly dump, updates: no word."""
    changes = {hour * HOUR_S + 600 for hour in (1, 4, 9, 10, 13, 16, 19, 22)}
    for at in range(0, 24 * HOUR_S, LOOK_S):
        world.report, world.status, world.trouble, world.moves = healthy(), 200, "", False
        inside = any(0 <= at - begun < 120 for begun in changes)
        if inside:  # stopped, switched, and a release that fails some requests before it is taken back
            stop_container(world)
            world.report["leases"]["held"] = [{"app": "box", "path": "p", "owner": "eve", "alive": True}]
            world.report["releases"]["apps"]["box"]["maintenance"] = at % 60 == 0
            line = {"ts": world.now + LOOK_S - 1, "status": 500, "upstream": "u", "upstream_status": 500}
            world.log = [*world.log[-99:], *[json.dumps(line).encode()] * 9]
        if 3 * HOUR_S <= at < 3 * HOUR_S + 180:  # a reboot
            world.boot, world.moves = "b2", True
            stop_container(world)
        if at == 7 * HOUR_S:  # packages restart what they bring
            world.report["containers"] = {"answers": False, "containers": []}
            world.report["upkeep"]["states"]["docker.service"] = "deactivating"
            world.trouble = "connection refused"
        if at >= 5 * HOUR_S:
            world.report["upkeep"]["security_updates"] = ["openssl"]
            world.report["upkeep"]["reboot_due"] = at >= 6 * HOUR_S
        if 2 * HOUR_S <= at < 2 * HOUR_S + 900:
            world.report["releases"]["apps"]["box"]["maintenance"] = True
            world.status = 503
        dumped = min(max(at - 2 * HOUR_S, 0), 1200) * 2**20 if at < 3 * HOUR_S else 0
        disk = world.report["system"]["disks"]["/"]
        disk["free"] = 9 * GIB - dumped - sum(at > begun for begun in changes) * GIB // 4 - at * 2**10
        world.report["copies"]["age_s"] = at % 1800
        world.look()
    assert world.codes() == []
    assert world.beats == 2880
    stop_container(world)
    world.look()
    world.look()
    assert world.codes() == ["new CONTAINER_DOWN", "new STATUS"], "it still looks"
