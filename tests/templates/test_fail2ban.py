"""fail2ban reads logs of Caddy as root: whatever lies there keeps it neither waiting nor reading for ever."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import pytest

from .rendering import ROOT, render

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
    found: Opener = modules["fail2ban.server.filter"].open
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


URIS = {
    "/login": True,
    "/login?next=/": True,
    "/%6cogin": True,
    "/%6C%6fgin": True,
    "//login": True,
    "%2flogin": True,
    "https://app.test/login": True,
    "HTTP://app.test//%6cogin": True,
    "/api%2Fv1/tokens": True,
    "/login/": False,
    "/logins": False,
    "/a/login": False,
    "/caf%C3%A9.x": True,
    "/caf%C3%A9yx": False,
    "/100%25": True,
}


@pytest.mark.parametrize("uri", URIS)
def test_a_guess_counts_however_its_path_is_spelt(uri: str) -> None:
    paths = ["/login", "/api/v1/tokens", "/café.x", "/100%"]
    pattern = failregex(paths)
    assert bool(re.search(pattern, line_of_log(uri, 429))) is URIS[uri], pattern


@pytest.mark.parametrize("status", [200, 302, 401, 403, 422, 500])
def test_only_what_the_app_itself_calls_too_much_counts(status: int) -> None:
    """Five wrong passwords banned whole networks, SSH included."""
    pattern = failregex(["/login"])
    assert re.search(pattern, line_of_log("/login", 429))
    assert not re.search(pattern, line_of_log("/login", status))


def failregex(paths: list[str]) -> str:
    written = ConfigParser()
    written.read_string(render("fail2ban", "slipway-login.conf.j2", fail2ban_login_paths=paths))
    return written["Definition"]["failregex"].replace("<HOST>", r"(?P<host>[0-9a-f:.]+)")


def line_of_log(uri: str, status: int) -> str:
    line = {"request": {"client_ip": "192.0.2.9", "method": "POST", "uri": uri}, "status": status}
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def test_an_app_s_refusals_keep_from_the_web_alone_and_never_longer_each_time() -> None:
    written = ConfigParser(interpolation=None)
    written.read_string(
        render(
            "fail2ban",
            "jail.local.j2",
            __fail2ban_watches_apps=True,
            __fail2ban_apps=["shop"],
            fail2ban_ignored_networks=[],
            fail2ban_max_failures=5,
            fail2ban_max_refusals=100,
            fail2ban_window_seconds=600,
            fail2ban_ban_seconds=600,
        )
    )
    jail = written["slipway-login"]
    assert (jail["banaction"], jail["port"], jail["protocol"]) == ("nftables-multiport", "80,443", "tcp,udp")
    assert (jail["maxretry"], jail["bantime.increment"]) == ("100", "false")
    assert (written["sshd"]["banaction"], written["sshd"]["maxretry"]) == ("nftables-allports", "5")
