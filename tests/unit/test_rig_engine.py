"""A fresh machine has no engine: it gets one, and looking for it leaves nothing open in the process of the tests."""

from __future__ import annotations

import gc
import socket
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.rig import engine


@pytest.mark.parametrize(
    ("there", "wanted"),
    [([], ["docker.io", "docker-cli"]), (["dockerd"], ["docker-cli"]), (["dockerd", "docker"], [])],
    ids=["bare", "engine-only", "both"],
)
def test_a_bare_machine_gets_the_engine_and_its_client(
    there: list[str], wanted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    for program in [*there, "apt-get"]:
        (tmp_path / program).write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    engine.install()
    told = log.read_text().splitlines() if log.exists() else []
    assert [line.split()[-1] for line in told if line.startswith("install ")] == wanted


def complaints(action: Callable[[], object]) -> list[str]:
    """Run an action; return what it left behind, a socket or a child, as the interpreter tells it."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        action()
        gc.collect()
    return [str(warning.message) for warning in said]


def test_a_socket_that_a_dead_engine_left_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "docker.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    found: list[object] = []
    assert complaints(lambda: found.append(engine.answering())) == []
    assert found == [None]


def test_a_started_engine_is_no_child_of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SYSTEMD", tmp_path / "no-systemd-here")
    (tmp_path / "dockerd").write_text("#!/bin/sh\necho started\nexec sleep 5\n")
    (tmp_path / "dockerd").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(engine, "LOG", tmp_path / "log")
    assert complaints(engine.start) == []
    deadline = time.monotonic() + 10
    while "started" not in engine.LOG.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
