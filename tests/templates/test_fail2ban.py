"""fail2ban reads logs of Caddy as root: whatever lies there keeps it neither waiting nor reading for ever."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import pytest

from .rendering import ROOT

TEMPLATE = ROOT / "roles/fail2ban/templates/slipway_networks.py.j2"
Opener = Callable[[str, str], BinaryIO]


@pytest.fixture
def opener(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Return what fail2ban's module of logs takes for `open` once the action is loaded."""
    modules = {name: ModuleType(name) for name in ("fail2ban", "fail2ban.server", "fail2ban.server.filter")}
    for name, kind in (("action", "ActionBase"), ("ipdns", "IPAddr")):
        modules[f"fail2ban.server.{name}"] = ModuleType(name)
        setattr(modules[f"fail2ban.server.{name}"], kind, object)
    modules["fail2ban.server"].filter = modules["fail2ban.server.filter"]  # type: ignore[attr-defined]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    exec(compile(TEMPLATE.read_text().partition("\n")[2], TEMPLATE.name, "exec"), {})
    found: Opener = modules["fail2ban.server.filter"].open  # type: ignore[attr-defined]
    return found


SHAPES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda _: None,
    "fifo": os.mkfifo,
    "link": lambda path: path.symlink_to("/dev/zero"),
    "folder": Path.mkdir,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_not_a_plain_file_is_an_empty_log(tmp_path: Path, opener: Opener, shape: str) -> None:
    SHAPES[shape](tmp_path / "app.log")
    with opener(str(tmp_path / "app.log"), "rb") as log:
        assert log.readline() == b""


def test_lines_are_read_and_one_without_end_ends_with_the_file(tmp_path: Path, opener: Opener) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"first\nsecond\n")
    os.truncate(path, 1 << 40)  # a hole: it takes no room
    with opener(str(path), "rb") as log:
        assert [log.readline() for _ in range(4)] == [b"first\n", b"second\n", b"\n", b""]
        log.seek(6)
        assert log.readline() == b"second\n"
