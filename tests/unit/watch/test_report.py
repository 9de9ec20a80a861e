"""What a look asks each time, and what only once per hour or where it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.hostreport import data, firewall, upkeep
from ansible_collections.slipway.kit.plugins.module_utils.watch import report
from ansible_collections.slipway.kit.plugins.module_utils.watch.memory import Memory
from tests.unit.watch.test_look import CONFIG

NOW = 1_800_000_000.0


class Host:
    """Counts what costs; `loaded` is what its kernel has, `declared` what its files say."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.apt, self.measured, self.loads = 0, 0, 0
        self.loaded = self.declared = "table inet slipway {\n}"
        self.rules = folder / "firewall.nft"
        self.rules.write_text("one")
        monkeypatch.setattr(report, "TOPICS", {})
        monkeypatch.setattr(upkeep, "pending", self._pending)
        monkeypatch.setattr(upkeep, "output", lambda *_: "")
        monkeypatch.setattr(data, "measure", self._measure)
        monkeypatch.setattr(firewall, "RULES", self.rules)
        monkeypatch.setattr(firewall, "SCRIPT", folder / "none")
        monkeypatch.setattr(firewall, "output", lambda *_: self.loaded)
        monkeypatch.setattr(firewall, "as_declared", self._load)

    def _pending(self) -> list[str]:
        self.apt += 1
        return ["openssl"]

    def _measure(self, _path: str) -> dict[str, Any]:
        self.measured += 1
        return {"bytes": 1, "complete": True}

    def _load(self, _listing: str) -> str:
        self.loads += 1
        return self.declared


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, monkeypatch)


def test_apt_and_the_size_of_data_are_asked_once_per_hour(host: Host) -> None:
    memory = Memory()
    for at in (0, 30, 3599):
        assert report.read(CONFIG, memory, NOW + at)["upkeep"]["security_updates"] == ["openssl"]
    assert (host.apt, host.measured) == (1, 1)
    report.read(CONFIG, memory, NOW + 3600)
    assert (host.apt, host.measured) == (2, 2)
    report.read(CONFIG, memory, NOW)
    assert host.apt == 3, "a clock that was set back"


def test_the_declared_firewall_is_loaded_again_where_its_files_changed(host: Host) -> None:
    memory = Memory()
    for _ in range(3):
        report.read(CONFIG, memory, NOW)
    assert host.loads == 2, "two listings"
    host.rules.write_text("two")
    report.read(CONFIG, memory, NOW)
    assert host.loads == 4


def test_a_difference_is_compared_with_what_the_files_say_now(host: Host) -> None:
    memory = Memory()
    report.read(CONFIG, memory, NOW)
    host.loaded = host.declared = "table inet slipway { }"  # as another version of nft writes it
    assert report.read(CONFIG, memory, NOW)["firewall"]["table"] == {}
    host.loaded = "table inet slipway { accept }"
    told = report.read(CONFIG, memory, NOW)["firewall"]["table"]
    assert told == {"missing": ["table inet slipway { }"], "foreign": ["table inet slipway { accept }"]}
