"""An app gets the data of a copy when the copy is whole and the app is ready with it; else it has what it had."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import restic, restore
from ansible_collections.slipway.kit.plugins.module_utils.backup.config import Config, Places
from ansible_collections.slipway.kit.plugins.module_utils.backup.errors import BackupError
from ansible_collections.slipway.kit.plugins.module_utils.backup.restic import Restic
from ansible_collections.slipway.kit.plugins.module_utils.backup.run import backup
from ansible_collections.slipway.kit.plugins.module_utils.release import commands, gate
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.commands import CommandError
from ansible_collections.slipway.kit.plugins.module_utils.release.data_swap import DataSwap
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import GateError, HookError
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records
from tests.unit.engine.fake_host import FakeHost

from .conftest import PROGRAM

FIELDS = {"mirror": ["bring"], "judge": ["judge"], "hook": ["migrate"]}
SERVING = "tiny-green"


@dataclass
class Restoring:
    """A host with a live release, its data, and one copy of it, of earlier data; `ran` is what ran in containers."""

    host: FakeHost
    app: App
    config: Config
    ran: list[tuple[str, str]] = field(default_factory=list)
    fails: str = ""

    @property
    def copy(self) -> str:
        """The id of the copy."""
        return Restic(self.config).copies("tiny")[0].id

    @property
    def data(self) -> str:
        """What the app's data is."""
        return (self.app.data_dir / "who").read_text()

    def restore(self, copy: str = "") -> list[str]:
        """Restore the copy; returns what was said."""
        self.host.docker.done.clear()
        self.ran.clear()
        return restore.restore(self.config, self.app, copy or self.copy, "ada").said

    def run(self, command: Sequence[str], _: float, environment: dict[str, str]) -> list[str]:
        """Run a command of the live release, in a container that does not exist."""
        name = command[command.index("--name") + 1].removeprefix("tiny-")
        self.ran.append((name, Path(environment["SLIPWAY_DATA_DIR"]).name))
        if name == "mirror":
            (self.app.root / "mirror" / "who").write_text(self.data)
        if name == self.fails:
            raise CommandError("exited with code 1", ["vault 7: 2 pages are not as they were\x1b[2J"])
        return ["7 vaults: whole.\x1b[2J"]


@pytest.fixture
def restoring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Restoring:
    program = subprocess.run
    host = FakeHost(tmp_path, monkeypatch, **FIELDS)
    app = App.parse(host.app)
    places = Places(tmp_path / "keys", tmp_path / "backup", tmp_path / "cache", tmp_path / "apps")
    places.secrets.mkdir()
    (places.secrets / "password").write_text("correct horse")
    made = Restoring(host, app, Config("web1", str(tmp_path / "repository"), ("tiny",), {}, places))

    def run(command: Sequence[str], **given: Any) -> subprocess.CompletedProcess[str]:
        return program(command, **given) if PROGRAM in command else host._compose(command, **given)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(restic, "PROGRAM", PROGRAM)
    monkeypatch.setattr(commands, "run", made.run)
    monkeypatch.setattr(restore, "Engine", lambda: host.docker)
    (app.data_dir / "who").write_text("earlier")
    assert host.deploy("1", **FIELDS)["slot"] == "green"
    assert backup(made.config, host.docker, lambda _: None) == 0
    (app.data_dir / "who").write_text("later")
    return made


def test_the_live_release_goes_on_with_the_data_of_the_copy(restoring: Restoring) -> None:
    said = restoring.restore()
    assert restoring.data == "earlier"
    assert restoring.host.docker.done == [f"stop {SERVING}", f"start {SERVING}"]
    assert said[0] == "judged: 7 vaults: whole.\\x1b[2J"
    former = said[-1].rpartition("/")[2]
    assert (restoring.app.root / former / "who").read_text() == "later"
    assert not (restoring.app.live_dir / "maintenance").exists()
    assert not (restoring.app.root / "restored").exists()
    line = restoring.host.audit()[-1]
    assert (line["action"], line["copy"], line["by"], line["result"]) == ("restore", restoring.copy, "ada", "ok")


def test_the_copy_is_judged_and_migrated_before_anything_stops(restoring: Restoring) -> None:
    restoring.restore()
    assert restoring.ran == [("judge", "restored"), ("hook", "restored")]


@pytest.mark.parametrize(("fails", "error"), [("judge", BackupError), ("hook", HookError)])
def test_a_copy_that_is_not_whole_is_not_taken(restoring: Restoring, fails: str, error: type[Exception]) -> None:
    restoring.fails = fails
    with pytest.raises(error) as failed:
        restoring.restore()
    assert "vault 7: 2 pages are not as they were\\x1b[2J" in str(failed.value)
    assert restoring.data == "later"
    assert restoring.host.docker.done == [], "nothing was stopped"
    assert not (restoring.app.root / "restored").exists()
    assert restoring.host.docker.running() == {SERVING}


def test_where_the_app_is_not_ready_with_it_it_has_what_it_had(
    restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probed(*_: object, **__: object) -> gate.Probe:
        restoring.host.now += 1
        return gate.Probe(500 if restoring.data == "earlier" else 200)

    monkeypatch.setattr(gate, "probe", probed)
    with pytest.raises(GateError):
        restoring.restore()
    assert restoring.data == "later"
    assert restoring.host.docker.running() == {SERVING}
    assert not (restoring.app.live_dir / "maintenance").exists()
    assert DataSwap(restoring.app, Records(restoring.app)).former() == []
    assert not (restoring.app.root / "restored").exists()


@pytest.mark.parametrize("started", [False, True])
def test_a_restore_that_died_is_taken_back_by_whatever_comes_next(restoring: Restoring, started: bool) -> None:
    swap = DataSwap(restoring.app, Records(restoring.app))
    swap.fresh.mkdir()
    (swap.fresh / "who").write_text("half")
    restoring.host.docker.stop(SERVING, 1)
    swap.exchange(swap.begin())
    if started:
        restoring.host.docker.start(SERVING)
    answer = restoring.host.deploy("1", **FIELDS)
    assert "took back the data that an interrupted restore had exchanged" in answer["said"]
    assert restoring.data == "later"
    assert restoring.host.docker.running() == {SERVING}
    assert not (restoring.app.live_dir / "maintenance").exists()


def test_data_of_a_newer_schema_is_not_given_to_an_older_release(restoring: Restoring) -> None:
    Records(restoring.app).raise_data_schema(3)
    assert backup(restoring.config, restoring.host.docker, lambda _: None) == 0
    newest = Restic(restoring.config).copies("tiny")[-1].id
    with pytest.raises(BackupError, match=r"has schema 3, and the live release [0-9a-f]+ reads 0; nothing was touched"):
        restoring.restore(newest)
    assert restoring.data == "later"


def test_a_copy_that_is_not_there_is_refused(restoring: Restoring) -> None:
    with pytest.raises(BackupError, match="tiny: no copies of it begin with 'ffffffffff'"):
        restoring.restore("f" * 10)


def test_where_nothing_is_live_nobody_could_use_the_data(restoring: Restoring) -> None:
    copy = restoring.copy
    (restoring.app.live_dir / "green").unlink()
    with pytest.raises(BackupError, match="tiny: no release is live that could use the data"):
        restoring.restore(copy)
