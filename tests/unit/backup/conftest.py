"""A host with one app, whose mirror a fake of its live release brings up, and a repository in a folder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import restic
from ansible_collections.slipway.kit.plugins.module_utils.backup.config import Config, Places
from ansible_collections.slipway.kit.plugins.module_utils.backup.run import backup
from ansible_collections.slipway.kit.plugins.module_utils.release import commands
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records, Release
from tests.unit.released import tiny_app

LIVE = Release("a" * 12, "sha256:1", "", 0, "", 0, 0, "tester")
# restic 0.18 itself, where its path is given; what is said of it here holds for both.
PROGRAM = os.environ.get("SLIPWAY_TEST_RESTIC") or str(Path(__file__).with_name("fake_restic.py"))


class NoDocker(Engine):
    """Removes nothing."""

    def remove(self, name: str) -> None:
        assert name.endswith("-mirror")


@dataclass
class Host:
    """What a test needs of it; `data` is what the app's mirror command writes, by file name."""

    folder: Path
    app: App
    config: Config
    data: dict[str, str] = field(default_factory=lambda: {"vault.db": "one"})
    said: list[str] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        return Path(self.config.repository)

    def back_up(self) -> int:
        """Run it as the timer does."""
        self.said.clear()
        return backup(self.config, NoDocker("/nowhere"), self.said.append)

    def asked(self, verb: str) -> list[list[str]]:
        """Return the arguments with which restic was asked for a verb."""
        lines = self.repository.with_name("asked").read_text().splitlines()
        return [words for words in map(json.loads, lines) if verb in words]

    def fail(self, verb: str, code: int, says: str = "") -> None:
        """Let restic fail at a verb."""
        self.repository.with_name("faults").write_text(json.dumps({verb: {"code": code, "says": says}}))

    def heal(self) -> None:
        """Let it work again."""
        self.repository.with_name("faults").unlink()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's and the app's on a host
    monkeypatch.setattr(restic, "PROGRAM", PROGRAM)
    declared = tiny_app(tmp_path, mirror=["bring"])
    app = App.parse(declared)
    records = Records(app)
    records.save(LIVE, compose="")
    records.save_declared(LIVE.id, declared)
    records.name_slot("blue", LIVE.id)
    places = Places(tmp_path / "keys", tmp_path / "backup", tmp_path / "cache", tmp_path / "apps")
    places.secrets.mkdir()
    (places.secrets / "password").write_text("correct horse")
    config = Config("web1", str(tmp_path / "repository"), ("tiny",), {})
    host = Host(tmp_path, app, replace(config, places=places))
    run = commands.run

    def brings(command: list[str], timeout_s: float, environment: dict[str, str]) -> list[str]:
        if command[0] != "docker":
            return run(command, timeout_s, environment)
        for name, text in host.data.items():
            (app.root / "mirror" / name).write_text(text)
        return []

    monkeypatch.setattr(commands, "run", brings)
    return host
