"""A port that the engine can't publish: a restart of the engine where that helps, else the name of who has it."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import ports, starting
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import DockerError
from ansible_collections.slipway.kit.plugins.module_utils.release.ports import Listener
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records

from .released import tiny_app
from .test_release_change import RUNNING, NoDocker, release

STALE = "Bind for 127.0.0.1:29522 failed: port is already allocated"
BY_AN_IMAGE = f'OCI runtime create failed: runc create failed: exec: "/{STALE}": no such file or directory'
IN_USE = "listen tcp4 127.0.0.1:29522: bind: address already in use"
RESTARTED = ["systemctl reset-failed docker.service", "systemctl restart docker.service"]
DOCKERD = Listener("dockerd", 7, uid=0)


class Host(NoDocker):
    """An engine, Compose, systemd and a table of sockets; `ran` has the commands but for Compose's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, compose: list[str]) -> None:
        super().__init__()
        self.found = None
        self.compose, self.ran = iter(compose), list[str]()
        self.listener: Listener | None = DOCKERD
        self.published: list[str] = []
        self.live_restore, self.systemd = True, ""
        monkeypatch.setattr(subprocess, "run", self.run)
        monkeypatch.setattr(ports, "listening", lambda _: self.listener)

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        told = next(self.compose) if "compose" in command else self.systemd
        if "compose" not in command:
            self.ran.append(" ".join(command))
        return subprocess.CompletedProcess(command, int(bool(told)), "", told)

    def publishing(self, port: int) -> list[str]:
        assert port
        return self.published

    def keeps_containers(self) -> bool:
        return self.live_restore


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App.parse(tiny_app(tmp_path))


def starts(app: App, host: Host) -> list[str]:
    said: list[str] = starting.start(Records(app), host, "blue", release(1), app.processes)
    return said


@pytest.mark.parametrize("listener", [DOCKERD, None], ids=["dockerd holds the socket", "nobody does"])
def test_a_port_that_a_crash_left_allocated_is_freed_by_one_restart_of_the_engine(
    app: App, monkeypatch: pytest.MonkeyPatch, listener: Listener | None
) -> None:
    host = Host(monkeypatch, [STALE, ""])
    host.listener = listener
    said = f"restarted the engine, containers went on: it held port {app.ports['blue']} for a container that was gone"
    assert starts(app, host) == [said]
    assert host.ran == RESTARTED


TOLD: dict[str, tuple[list[str], dict[str, object], int, str]] = {
    "no help": ([STALE, STALE], {}, 1, "also after a restart of the engine.*Next: `systemctl restart docker`"),
    "an image that says so": ([BY_AN_IMAGE], {}, 0, "Compose could not start the new release.*OCI runtime create"),
    "another fault": ([STALE, "no such image"], {}, 1, "no such image"),
    "no live-restore": ([STALE], {"live_restore": False}, 0, "live-restore is off.*Next: `systemctl restart docker`"),
    "no restart": ([STALE], {"systemd": "Job failed."}, 1, "could not be restarted.*Job failed.*journalctl -u docker"),
    "a container": ([STALE], {"published": ["shop-blue"]}, 0, "container shop-blue publishes it.*`docker stop shop-b"),
    "a process": ([IN_USE], {"listener": Listener("nc", 4711, 0)}, 0, r"nc \(process 4711, user root\).*`kill 4711`"),
    "a liar": ([IN_USE], {"listener": Listener("dockerd", 5, 64999)}, 0, r"dockerd \(process 5, user uid 64999\)"),
    "unseen": ([IN_USE], {"listener": None}, 0, "a process that does not listen holds it.*`ss -anp"),
}


@pytest.mark.parametrize("case", TOLD)
def test_who_has_the_port_is_named_with_the_way_out_and_the_engine_is_restarted_once_at_most(
    app: App, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    compose, given, restarts, told = TOLD[case]
    host = Host(monkeypatch, compose)
    for name, value in given.items():
        setattr(host, name, value)
    with pytest.raises(DockerError, match=f"(?s){told}"):
        starts(app, host)
    assert host.ran == RESTARTED * restarts
    assert list(host.compose) == []


@contextlib.contextmanager
def listener(family: socket.AddressFamily, address: str) -> Iterator[int]:
    with socket.socket(family) as waiting:
        if family == socket.AF_INET6:
            waiting.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        waiting.bind((address, 0))
        waiting.listen()
        yield int(waiting.getsockname()[1])


@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")],
)
def test_a_process_that_listens_in_the_way_is_found_with_its_user(family: socket.AddressFamily, address: str) -> None:
    with listener(family, address) as port:
        found = ports.listening(port)
    assert found
    assert (found.pid, found.uid) == (os.getpid(), os.getuid())
    assert f"process {os.getpid()}, user {pwd.getpwuid(os.getuid()).pw_name}" in str(found)
    assert ports.listening(port) is None, "it is closed by now"


def test_a_process_on_another_loopback_address_is_not_in_the_way(tmp_path: Path) -> None:
    with listener(socket.AF_INET, "127.0.0.2") as port:
        assert ports.listening(port) is None
    assert ports.listening(port, tmp_path) is None, "no /proc, no answer"


def test_the_container_of_another_release_goes_first_and_none_of_its_volumes_is_handed_on(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, done = Host(monkeypatch, [""]), list[str]()
    host.found = RUNNING
    monkeypatch.setattr(host, "remove", lambda name: done.append(f"remove {name}"))

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        done.append(" ".join(command[command.index("up") :]))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert starts(app, host) == []
    assert done[0] == "remove tiny-blue"
    assert "--renew-anon-volumes" in done[1]


def test_compose_that_does_not_end_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, 120)

    host = Host(monkeypatch, [])
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(DockerError, match=r"(?s)Compose could not start the new release.*no end after 120 s"):
        starts(app, host)
