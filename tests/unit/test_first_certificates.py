"""What asks for first certificates: sooner than Caddy by itself, and not again and again."""

from __future__ import annotations

import importlib.util
import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
AWAY = "Connection refused"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("certificates", ROOT / "roles/caddy/files/slipway_certificates.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WANTED", tmp_path / "certificates.json")
    monkeypatch.setattr(module, "ISSUED", tmp_path / "certificates")
    wanted = {"directory": "https://ca.test/dir", "root": "", "names": ["a.test", "b.test"]}
    (tmp_path / "certificates.json").write_text(json.dumps(wanted))
    return module


def issue(program: ModuleType, name: str, issuer: str = "ca.test-dir") -> None:
    """Put a certificate where Caddy keeps it."""
    (program.ISSUED / issuer / name).mkdir(parents=True)
    (program.ISSUED / issuer / name / f"{name}.crt").touch()


def play(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, looks: Iterator[str], issued: Callable[[int], bool]
) -> int:
    """Let the authority answer (empty) or not at each look; returns how often Caddy was told to try again."""
    tries = 0

    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        nonlocal tries
        tries += 1
        return subprocess.CompletedProcess([], 0, "", "")

    def sleep(_: float) -> None:
        if issued(tries):
            for name in program.missing(["a.test", "b.test"]):
                issue(program, name)

    def trouble(*_: str) -> str:
        return next(looks)

    monkeypatch.setattr(program.subprocess, "run", run)
    monkeypatch.setattr(program.time, "sleep", sleep)
    monkeypatch.setattr(program, "trouble", trouble)
    program.main()
    return tries


def test_where_nothing_is_missing_nobody_is_asked(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(program, "a.test")
    issue(program, "b.test")
    assert play(program, monkeypatch, iter([]), lambda _: False) == 0


def test_caddy_tries_again_at_the_first_look_after_the_authority_is_back(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(program, "b.test")
    looks = iter([AWAY, AWAY, AWAY, "", ""])
    assert play(program, monkeypatch, looks, lambda tries: tries == 1) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(" UTC; ")[2] for line in said] == [
        f"https://ca.test/dir does not answer: {AWAY}; it is asked again every 15 s",
        "https://ca.test/dir answers, Caddy tries again now",
    ], "once each"
    assert said[0].startswith("a.test: none since 20")


def test_an_authority_that_refuses_is_asked_once_each_time_it_was_away(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks, passed = iter([AWAY, *[""] * 20, AWAY, *[""] * 20]), itertools.count()
    assert play(program, monkeypatch, looks, lambda _: next(passed) > 40) == 2
    assert "why it issues none is in `journalctl -u caddy -g obtain`" in capsys.readouterr().out


def test_a_certificate_of_caddys_own_is_none(program: ModuleType) -> None:
    issue(program, "a.test", issuer="local")
    assert program.missing(["a.test"]) == ["a.test"]


@pytest.mark.parametrize("directory", ["https://127.0.0.1:1/dir", "https://nobody.invalid/dir"])
def test_why_an_authority_does_not_answer_is_told(program: ModuleType, directory: str) -> None:
    assert "urlopen error" in program.trouble(directory, "")
