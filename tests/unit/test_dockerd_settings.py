"""What the engine runs with: daemon.json, its command line, and the sockets that systemd opens for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor.engine_hosts import open_hosts
from ansible_collections.slipway.kit.plugins.module_utils.hostreport import containers, dockerd

WRITTEN: dict[str, object] = {"live-restore": True, "userland-proxy": False}


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        (["-H", "fd://", "--containerd=/run/containerd/containerd.sock"], []),
        (["-H", "tcp://0.0.0.0:2375"], ["tcp://0.0.0.0:2375"]),
        (["-H=0.0.0.0:2375"], ["0.0.0.0:2375"]),
        (["-Htcp://:2375", "-H", "unix:///run/docker.sock"], ["tcp://:2375"]),
        (["--host", "http://0.0.0.0"], ["http://0.0.0.0"]),
        (["--host=tcp://127.0.0.1:2375", "--debug"], ["tcp://127.0.0.1:2375"]),
        (["--host", "fd://", "-D", "--host", "[::]:2376"], ["[::]:2376"]),
    ],
)
def test_hosts_of_the_command_line_count(words: list[str], hosts: list[str]) -> None:
    assert open_hosts(dockerd.started_with(WRITTEN, words, ["unix:///run/docker.sock"])) == hosts


def test_a_tcp_socket_of_systemd_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = "Listen=/run/docker.sock (Stream)\nListen=0.0.0.0:2375 (Stream)\nListen=@docker (Stream)\n"
    monkeypatch.setattr(dockerd, "output", lambda _: shown)
    assert open_hosts(dockerd.started_with(WRITTEN, ["-H", "fd://"], dockerd.sockets())) == ["tcp://0.0.0.0:2375"]


def test_hosts_of_the_file_stay_beside_those_of_flags() -> None:
    both = dockerd.started_with({"hosts": ["tcp://:1"]}, ["-H", "tcp://:2"], [])
    assert open_hosts(both) == ["tcp://:1", "tcp://:2"]


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        (["--userland-proxy"], {"userland-proxy": True}),
        (["--userland-proxy=true"], {"userland-proxy": True}),
        (["--live-restore=false", "-H", "fd://"], {"live-restore": False}),
        (["--insecure-registry", "a", "--insecure-registry=b"], {"insecure-registries": ["a", "b"]}),
        (["--seccomp-profile", "unconfined"], {"seccomp-profile": "unconfined"}),
        (["--metrics-addr=0.0.0.0:9323"], {"metrics-addr": "0.0.0.0:9323"}),
        (["--log-level", "info"], {}),
        ([], {}),  # the engine is down
    ],
)
def test_other_flags_win_over_the_file(words: list[str], setting: dict[str, object]) -> None:
    told = dockerd.started_with(WRITTEN, words, [])
    assert told | setting == told


def test_a_file_that_is_none_says_so() -> None:
    assert dockerd.parse("") == {"unreadable": "there is none"}
    assert dockerd.parse("[]") == {"unreadable": "it is not an object"}
    assert "unreadable" in dockerd.parse("{")


def test_an_inspection_says_where_its_mounts_lead_and_whose_its_process_is(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    mounts = [
        {"Type": "bind", "Source": f"{tmp_path}/link"},
        {"Type": "volume", "Name": "plain", "Source": "/var/lib/docker/volumes/plain/_data"},
        {"Type": "volume", "Name": "host", "Source": "/var/lib/docker/volumes/host/_data"},
    ]
    told = containers.resolved({"State": {"Pid": os.getpid()}, "Mounts": mounts}, {"plain": None, "host": "/root/"})
    assert [mount["Resolved"] for mount in cast("list[dict[str, str]]", told["Mounts"])] == ["/etc", "", "/root"]
    assert told["Uid"] == os.geteuid()


def test_a_container_that_does_not_run_has_no_user(tmp_path: Path) -> None:
    assert containers.resolved({"State": {"Pid": 0}, "Mounts": None}, {}) == {
        "State": {"Pid": 0},
        "Uid": None,
        "Mounts": [],
    }
    assert containers.uid_of(1, tmp_path) is None
