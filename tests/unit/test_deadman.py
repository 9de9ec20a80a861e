"""The switch on the host: copies, puts back, and believes only a login that began after the change."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOT = "one"


@pytest.fixture
def switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the program, with state and /proc of its own and without systemd."""
    spec = importlib.util.spec_from_file_location("deadman", ROOT / "roles/deadman/files/slipway_deadman.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    proc = tmp_path / "proc"
    (proc / "sys/kernel/random").mkdir(parents=True)
    (proc / "sys/kernel/random/boot_id").write_text(f"{BOOT}\n")
    (proc / "uptime").write_text("100.00 1.00\n")
    monkeypatch.setattr(program, "STATE", tmp_path / "state")
    monkeypatch.setattr(program, "PROC", proc)
    monkeypatch.setattr(program, "timer", lambda *_: None)
    return program


def process(switch: ModuleType, pid: int, name: str, parent: int, began_s: float) -> None:
    """Put a process into the fake /proc."""
    ticks = int(began_s * os.sysconf("SC_CLK_TCK"))
    (switch.PROC / str(pid)).mkdir(exist_ok=True)
    text = f"{pid} ({name}) S {parent} {' '.join('0' * 17)} {ticks} 0"
    (switch.PROC / str(pid) / "stat").write_text(text)


def login(switch: ModuleType, began_s: float) -> None:
    """Have this process run below an SSH session."""
    process(switch, os.getpid(), "python3 (x)", 900, began_s + 1)
    process(switch, 900, "sshd-session", 800, began_s)
    process(switch, 800, "sshd", 1, 5)


def arm(switch: ModuleType, path: Path) -> None:
    """Arm for one file."""
    assert switch.main(["arm", "test", str(path), "--reload", "touch", f"{path}.reloaded"]) == 0


@pytest.mark.parametrize(("began_s", "verdict"), [(99.0, 4), (100.5, 0)], ids=["older", "younger"])
def test_only_a_younger_login_confirms(switch: ModuleType, tmp_path: Path, began_s: float, verdict: int) -> None:
    arm(switch, tmp_path / "file")
    login(switch, began_s)
    assert switch.main(["confirm", "test"]) == verdict
    assert (switch.STATE / "test").exists() is (verdict != 0)


def test_a_process_without_a_login_confirms_nothing(switch: ModuleType, tmp_path: Path) -> None:
    arm(switch, tmp_path / "file")
    process(switch, os.getpid(), "python3", 1, 200)
    assert switch.main(["confirm", "test"]) == 4


def test_any_login_after_a_reboot_is_younger(switch: ModuleType, tmp_path: Path) -> None:
    arm(switch, tmp_path / "file")
    (switch.PROC / "sys/kernel/random/boot_id").write_text("two\n")
    login(switch, 20)
    assert switch.main(["confirm", "test"]) == 0


def test_nothing_pending_is_no_confirmation(switch: ModuleType) -> None:
    assert switch.main(["confirm", "test"]) == 3


def test_files_come_back_as_they_were_and_new_ones_go(switch: ModuleType, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before")
    old.chmod(0o600)
    assert switch.main(["arm", "test", str(old), str(new), "--reload", "touch", str(tmp_path / "reloaded")]) == 0
    old.write_text("after")
    new.write_text("after")
    assert switch.main(["restore", "test"]) == 0
    assert (old.read_text(), old.stat().st_mode & 0o777) == ("before", 0o600)
    assert not new.exists()
    assert (tmp_path / "reloaded").exists()
    assert not (switch.STATE / "test").exists()


def test_a_second_change_keeps_what_was_good_before_the_first(switch: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in ("good", "first", "second"):
        path.write_text(content)
        if content != "second":
            arm(switch, path)
    switch.main(["restore", "test"])
    assert path.read_text() == "good"
