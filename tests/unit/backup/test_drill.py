"""A drill is green when the newest copy came back from the store and the app itself found it whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import drill, state
from ansible_collections.slipway.kit.plugins.module_utils.backup.check import PARTS, check
from ansible_collections.slipway.kit.plugins.module_utils.backup.restic import Restic
from ansible_collections.slipway.kit.plugins.module_utils.release import commands, files
from ansible_collections.slipway.kit.plugins.module_utils.release.commands import CommandError
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records

from .conftest import LIVE, PROGRAM, Host

faked = pytest.mark.skipif(not PROGRAM.endswith("fake_restic.py"), reason="restic itself does not fail at will")


class Judged(Engine):
    """Removes the container of a drill, and no other."""

    def remove(self, name: str) -> None:
        assert name == "tiny-drill"


@pytest.fixture
def judging(host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a host with one copy of `one`, whose app judges copies: those that hold `bad` are not whole."""
    records = Records(host.app)
    known = files.read_json(records.declared(LIVE.id)) or {}
    records.save_declared(LIVE.id, {**known, "judge": ["judge"]})
    assert host.back_up() == 0, host.said
    run = commands.run

    def judges(command: list[str], timeout_s: float, environment: dict[str, str]) -> list[str]:
        if "judge" not in command:
            return run(command, timeout_s, environment)
        overlays = [Path(command[at + 1]).read_text() for at, word in enumerate(command) if word == "--file"][1:]
        assert ["network_mode: none" in each for each in overlays] == [True]
        text = (Path(environment["SLIPWAY_DATA_DIR"]) / "vault.db").read_text()
        if "bad" in text:
            raise CommandError("exited with code 1", ["vault \x1b[2J7 does not open"])
        return ["looking", f"1 vault, {text}"]

    monkeypatch.setattr(commands, "run", judges)
    return host


def drilled(host: Host) -> int:
    host.said.clear()
    return drill.drill(host.config, Judged("/nowhere"), host.said.append)


def last(host: Host, verb: str = "drill") -> dict[str, object]:
    return state.read(host.config.places.state)[verb]


def left(host: Host) -> bool:
    return (host.config.places.state / "drill").exists()


def test_the_newest_copy_is_fetched_and_judged_and_gone(judging: Host) -> None:
    judging.data["vault.db"] = "two"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "run", lambda *_: (judging.app.root / "mirror" / "vault.db").write_text("two") and [])
        assert judging.back_up() == 0
    assert drilled(judging) == 0, judging.said
    told = last(judging)["apps"]["tiny"]  # type: ignore[index]
    assert told["verdict"] == "1 vault, two"
    assert told["id"] == Restic(judging.config).copies("tiny")[-1].id
    assert judging.said[0].endswith(" s: 1 vault, two")
    assert not left(judging)


def test_a_copy_that_the_app_finds_broken_is_told_on_one_line_each(judging: Host) -> None:
    judging.data["vault.db"] = "bad"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "run", lambda *_: (judging.app.root / "mirror" / "vault.db").write_text("bad") and [])
        assert judging.back_up() == 0
    assert drilled(judging) == 1
    assert (
        "tiny: the copy is not whole: `judge` exited with code 1.\n  vault \\x1b[2J7 does not open" in judging.said[-1]
    )
    assert (last(judging)["ok"], last(judging)["last_ok"]) == (False, 0)
    assert not left(judging)


def test_an_app_without_a_judge_has_its_copy_fetched_and_that_is_said(host: Host) -> None:
    assert host.back_up() == 0
    assert drilled(host) == 0
    assert host.said[0].endswith(", and the app has no `judge`")


def test_a_store_without_a_copy_is_no_green_drill(judging: Host) -> None:
    for path in judging.repository.glob("snapshots/*/told.json"):
        path.unlink()
    if PROGRAM.endswith("fake_restic.py"):
        assert drilled(judging) == 1
        assert "tiny: the store has no copy of it." in judging.said[-1]


@faked
def test_a_copy_that_does_not_arrive_is_told(judging: Host) -> None:
    judging.fail("restore", 1, "pack 7 is damaged")
    assert drilled(judging) == 1
    assert "pack 7 is damaged" in judging.said[-1]
    assert not left(judging)


def test_before_any_copy_there_is_no_repository_and_none_is_made(host: Host) -> None:
    for code in (drilled(host), check(host.config, host.said.append)):
        assert code == 1
        assert "no repository was made yet at" in host.said[-1]
    assert not host.repository.exists()


def test_what_is_not_live_is_not_drilled_and_not_green(host: Host) -> None:
    host.config = replace(host.config, apps=("gone",))
    assert drilled(host) == 0
    assert "drill" not in state.read(host.config.places.state)


@faked
def test_each_check_reads_the_next_part_and_a_damaged_one_again(judging: Host) -> None:
    for _ in range(PARTS):
        assert check(judging.config, judging.said.append) == 0
    judging.fail("check", 1, "pack 7 is damaged")
    assert check(judging.config, judging.said.append) == 1
    judging.heal()
    assert check(judging.config, judging.said.append) == 0
    read = [word for words in judging.asked("check") for word in words if word.startswith("--read-data-subset=")]
    assert [each.partition("=")[2] for each in read] == [*(f"{part}/7" for part in range(1, 8)), "1/7", "1/7"]
    assert last(judging, "check")["ok"] is True


def test_runs_at_the_same_time_lose_nothing_of_each_other(judging: Host) -> None:
    assert drilled(judging) == 0
    assert check(judging.config, judging.said.append) == 0
    known = json.loads((judging.config.places.state / state.FILE).read_text())
    assert sorted(known) == ["backup", "check", "drill", "histories", "repositories"]
    assert known["backup"]["first"] == known["backup"]["at"]
