"""Files are compared, checked and written as a set; what was cut off is made good; a guard puts back what failed."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.config_files import activation, guard
from ansible_collections.slipway.kit.plugins.module_utils.config_files.activation import Activation
from ansible_collections.slipway.kit.plugins.module_utils.config_files.files import ConfigFile, RefusedError
from ansible_collections.slipway.kit.plugins.module_utils.config_files.guard import Guard


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation, "MARKS", tmp_path / "pending")
    monkeypatch.setattr(guard, "STATE", tmp_path / "deadman")


@pytest.fixture
def wanted(tmp_path: Path) -> ConfigFile:
    """Return a file in a folder that is not there yet."""
    return ConfigFile(tmp_path / "etc" / "example.conf", content="one\n", mode=0o640)


def test_a_file_is_written_with_its_mode_and_is_then_as_wanted(wanted: ConfigFile) -> None:
    assert not wanted.is_as_wanted()
    wanted.write()
    assert wanted.path.read_text() == "one\n"
    assert wanted.is_as_wanted()
    wanted.path.chmod(0o644)
    assert not wanted.is_as_wanted()


def test_a_link_in_place_of_the_file_is_replaced_and_its_target_left_alone(wanted: ConfigFile, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("one\n")
    target.chmod(0o640)
    wanted.path.parent.mkdir()
    wanted.path.symlink_to(target)
    assert not wanted.is_as_wanted()
    wanted.write()
    assert not wanted.path.is_symlink()
    assert target.read_text() == "one\n"


def test_an_absent_file_goes_and_stays_gone(wanted: ConfigFile) -> None:
    wanted.write()
    gone = ConfigFile(wanted.path, absent=True)
    assert not gone.is_as_wanted()
    gone.write()
    assert gone.is_as_wanted()
    assert gone.difference()["after"] == ""


def test_the_program_that_reads_it_has_the_last_word(tmp_path: Path) -> None:
    path = tmp_path / "example.conf"
    refused = ConfigFile(path, content="x", validate=("sh", "-c", 'echo "no such key in $0" >&2; exit 3', "%s"))
    with pytest.raises(RefusedError, match=f"{path} is left as it was.*no such key in {path}"):
        refused.check()
    ConfigFile(path, content="x", validate=("test", "-s", "%s")).check()
    ConfigFile(path, content="x", validate=("/not/installed/yet", "%s")).check()


def test_a_failed_activation_is_tried_again_by_the_next_run(wanted: ConfigFile, tmp_path: Path) -> None:
    step = Activation((("test", "-e", str(tmp_path / "ready")), ("touch", str(tmp_path / "active"))))
    with pytest.raises(RefusedError, match="test -e"):
        step.apply([wanted])
    assert step.is_pending()
    assert not (tmp_path / "active").exists()
    (tmp_path / "ready").touch()
    step.apply([])
    assert not step.is_pending()
    assert (tmp_path / "active").exists()


def test_a_guard_without_its_switch_changes_nothing(wanted: ConfigFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "DEADMAN", "/nonexistent")
    with pytest.raises(RefusedError, match="apply role deadman before this one"):
        Guard("ssh", ("true",)).apply([wanted])
    assert not wanted.path.exists()


@pytest.mark.parametrize(("reload", "verbs"), [("true", "arm"), ("false", "arm restore")])
def test_a_guard_arms_first_and_restores_what_fails_to_load(
    wanted: ConfigFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reload: str, verbs: str
) -> None:
    switch = tmp_path / "switch"
    switch.write_text(f'#!/bin/sh\necho "$1 $(test -e {wanted.path} && echo late)" >> {tmp_path}/calls\n')
    switch.chmod(0o755)
    monkeypatch.setattr(guard, "DEADMAN", str(switch))
    with pytest.raises(RefusedError, match="is back in use") if reload == "false" else nullcontext():
        Guard("ssh", (reload,)).apply([wanted])
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == verbs.split()
    assert calls[0] == "arm ", "the file was there before the switch was armed"


def test_a_change_that_the_host_is_putting_back_is_waited_for(tmp_path: Path) -> None:
    state = tmp_path / "deadman"
    (state / "ssh").mkdir(parents=True)
    with (state / "lock").open("w") as lock, ThreadPoolExecutor(1) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as slipway-deadman does while it restores
        asked = pool.submit(Guard("ssh", ()).is_pending)
        assert not wait([asked], timeout=0.2).done
        (state / "ssh").rmdir()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert asked.result(timeout=30) is False
