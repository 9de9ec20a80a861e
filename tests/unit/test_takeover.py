"""What somebody else set up on a host is listed, and taken over only where that is meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.hostreport import takeover as read
from ansible_collections.slipway.kit.plugins.plugin_utils import lockout, takeover
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import worst

STATUS = """Package: docker-ce
Status: install ok installed
Version: 5:28

Package: containerd.io
Status: hold ok installed

Package: podman-docker
Status: deinstall ok config-files

Package: docker.io
Status: install ok installed
"""
OURS = {"log-driver": "local", "userland-proxy": False, "icc": False, "data-root": "/srv/kit"}
BARE = {
    "packages": [],
    "daemon_json": False,
    "data_root": "/var/lib/docker",
    "containers": 0,
    "members": [],
    "firewalls": [],
}
LOGIN = {"user": "root", "groups": ["root"], "client": "", "address": "", "port": 0}
NETWORK: dict[str, object] = {"outside": [], "sources": [], "bridges": {}}
DEFAULTS: dict[str, object] = {"docker_users": [], "docker_daemon_options": {}, "firewall_outside_interfaces": []}


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def said(told: dict[str, object], **changes: object) -> list[tuple[str, str]]:
    host = lockout.Host("web1", LOGIN, NETWORK, (), {"slipway_takeover": "main.yml:4"}, {**BARE, **told})
    found = lockout.lockouts({**DEFAULTS, **changes}, host)
    assert {(one.code, one.where) for one in found} <= {("TAKEOVER", "main.yml:4")}
    return [(one.severity, one.what) for one in found]


def test_a_bare_host_has_nothing_to_take_over(tmp_path: Path) -> None:
    assert read.found(tmp_path, active=False) == BARE
    assert said({}) == []


def test_an_engine_of_others_is_found_with_its_data_and_users(tmp_path: Path) -> None:
    settings = {"data-root": "/srv/docker", "registry-mirrors": ["https://mirror.example.com"]}
    put(
        tmp_path,
        {
            "var/lib/dpkg/status": STATUS,
            "etc/docker/daemon.json": json.dumps(settings),
            "etc/group": "root:x:0:\ndocker:x:999:ops,eve\ndockerish:x:1000:bob\n",
            "srv/docker/containers/1/config.v2.json": "{}",
            "srv/docker/containers/2/config.v2.json": "{}",
        },
    )
    assert read.found(tmp_path, active=False) == {
        "packages": ["containerd.io", "docker-ce"],
        "daemon_json": True,
        "data_root": "/srv/docker",
        "containers": 2,
        "members": ["ops", "eve"],
        "firewalls": [],
    }


def test_what_role_docker_set_up_is_not_of_others_even_half_way(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "etc/docker/daemon.json": json.dumps(OURS),
            "etc/group": "docker:x:999:ops\n",
            "srv/kit/containers/1/config.v2.json": "{}",
        },
    )
    assert read.found(tmp_path, active=False) == {**BARE, "data_root": "/srv/kit"}


@pytest.mark.parametrize("text", ["not JSON", "[]", "", '{"log-driver": "local"}'])
def test_a_daemon_json_that_is_not_ours_is_of_others(text: str, tmp_path: Path) -> None:
    put(tmp_path, {"etc/docker/daemon.json": text})
    assert read.found(tmp_path, active=False) == {**BARE, "daemon_json": True}


@pytest.mark.parametrize(
    ("files", "active", "firewalls"),
    [
        ({"usr/sbin/ufw": "", "etc/ufw/ufw.conf": "# x\nENABLED=yes\nLOGLEVEL=low\n"}, False, ["ufw"]),
        ({"usr/sbin/ufw": "", "etc/ufw/ufw.conf": "ENABLED=no\n#ENABLED=yes\n"}, False, []),
        ({"etc/ufw/ufw.conf": "ENABLED=yes\n"}, False, []),  # what a removed package leaves
        ({}, True, ["firewalld"]),
    ],
)
def test_firewalls_of_others_count_where_they_are_active(
    files: dict[str, str], active: bool, firewalls: list[str], tmp_path: Path
) -> None:
    put(tmp_path, files)
    assert read.found(tmp_path, active=active)["firewalls"] == firewalls


OTHERS: dict[str, object] = {
    "packages": ["containerd.io", "docker-ce"],
    "daemon_json": True,
    "data_root": "/srv/docker",
    "containers": 2,
    "members": ["ops", "eve"],
    "firewalls": ["ufw"],
}
SENTENCES = [
    "containerd.io, docker-ce of web1 would be removed: Debian's docker.io can't stand beside them.",
    "/etc/docker/daemon.json of web1 is not the kit's and would be replaced; a copy would stay.",
    "The images and containers of web1 (2 of them) lie in /srv/docker, where its engine would no longer look."
    " `docker_daemon_options: {data-root: /srv/docker}` keeps them.",
    "eve, ops of web1 would be taken out of the group docker. `docker_users: [eve, ops]` keeps them, each of them root"
    " in all but name.",
    "ufw is active on web1 and would be switched off: beside the kit's firewall it goes on dropping visitors.",
]


def test_all_that_would_be_taken_over_is_refused_at_once() -> None:
    assert said(OTHERS) == [("error", one) for one in SENTENCES]
    assert said(OTHERS, slipway_takeover=False) == said(OTHERS)


def test_a_yes_makes_warnings_of_it() -> None:
    assert said(OTHERS, slipway_takeover=True) == [("warning", one) for one in SENTENCES]
    assert said(OTHERS, slipway_takeover="true") == said(OTHERS, slipway_takeover=True)  # as -e says it
    assert said(OTHERS, slipway_takeover="false") == said(OTHERS, slipway_takeover="{{ x }}") == said(OTHERS)


def test_what_the_inventory_keeps_is_not_taken() -> None:
    kept = said(OTHERS, docker_users=["ops", "eve"], docker_daemon_options={"data-root": "/srv/docker"})
    assert [what for _, what in kept] == [
        *SENTENCES[:2],
        "2 containers of web1 would be stopped and go to another engine.",
        SENTENCES[4],
    ]


def test_each_role_speaks_of_its_own_part() -> None:
    host = lockout.Host("web1", LOGIN, NETWORK, (), {}, OTHERS)
    firewall = lockout.lockouts({"firewall_outside_interfaces": []}, host)
    assert [one.what for one in firewall] == SENTENCES[4:]
    docker = lockout.lockouts({"docker_users": [], "docker_daemon_options": {}}, host)
    assert [one.what for one in docker] == SENTENCES[:4]
    assert docker[0].command == "set slipway_takeover: true there, where that is meant"
    assert worst(takeover.engine("web1", OTHERS, {takeover.AGREED: True}, lambda _: "")) == 1
