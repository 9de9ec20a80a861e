"""What the doctor says of a host, check by check: nothing of a good one, a whole sentence of a sick one."""

from __future__ import annotations

import time

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor import judge
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report

GIB = 2**30
UNITS = ("caddy.socket", "docker.service", "apt-daily.timer", "apt-daily-upgrade.timer", "unattended-upgrades.service")
DECLARED = {("tcp", 22), ("tcp", 80), ("tcp", 443), ("udp", 443)}


def listener(port: int, program: str, address: str = "0.0.0.0", protocol: str = "tcp") -> dict[str, object]:
    return {"protocol": protocol, "address": address, "port": port, "program": program, "pid": 4711}


def good() -> dict[str, dict[str, object]]:
    return {
        "system": {
            "disks": {"/": {"free": 9 * GIB, "total": 20 * GIB, "inodes": 1000, "inodes_free": 900}},
            "memory": {"total": 2 * GIB, "available": GIB},
        },
        "upkeep": {
            "failed": [],
            "states": dict.fromkeys(UNITS, "active"),
            "security_updates": [],
            "lists_updated": time.time(),
            "reboot_due": False,
            "reboot_for": [],
        },
        "firewall": {"loaded": True, "declared": True, "table": {}, "docker_user": {}},
        "guards": {
            "sshd": {"passwordauthentication": "no", "permitrootlogin": "no"},
            "engine": {"live-restore": True, "no-new-privileges": True, "userland-proxy": False},
            "docker_group": [],
            "exposed_secrets": [],
        },
        "sockets": {
            "listeners": [listener(22, "sshd"), listener(443, "caddy", protocol="udp"), listener(9, "x", "::1")]
        },
        "published": {
            "ports": [{"name": "box-blue", "address": "127.0.0.1", "port": 20000, "protocol": "tcp"}],
            "attached": [],
        },
        "releases": {"apps": {"box": {"slot": "blue", "release": "r7", "processes": [], "maintenance": False}}},
        "containers": {"answers": True, "containers": [{"Name": "/box-blue", "State": {"Status": "running"}}]},
        "leases": {"held": []},
        "copies": {"declared": True, "every_minutes": 15, "age_s": 2700, "good": True, "said": ""},
    }


def examined(told: dict[str, dict[str, object]]) -> list[Finding]:
    found: list[Finding] = judge.judge("web1", told, ["box"], DECLARED)
    return found


def test_a_good_host_has_no_findings() -> None:
    assert examined(good()) == []


def container(**state: object) -> dict[str, object]:
    return {"answers": True, "containers": [{"Name": "/box-blue", "State": {"Status": "running", **state}}]}


SICK: list[tuple[str, str, object, str, str]] = [
    (
        "system",
        "disks",
        {"/": {"free": 10 * 2**20, "total": 20 * GIB, "inodes": 0, "inodes_free": 0}},
        "DISK_FULL",
        "/ has 10 MiB of 20480 MiB left.",
    ),
    (
        "system",
        "disks",
        {"/": {"free": 9 * GIB, "total": 20 * GIB, "inodes": 1000, "inodes_free": 5}},
        "INODES_FULL",
        "/ has 5 of 1000 inodes left.",
    ),
    (
        "system",
        "memory",
        {"total": 2 * GIB, "available": 20 * 2**20},
        "MEMORY_LOW",
        "web1 has 20 MiB of 2048 MiB memory available.",
    ),
    ("upkeep", "failed", ["x.service"], "UNIT_FAILED", "Unit x.service has failed."),
    (
        "upkeep",
        "states",
        dict.fromkeys(UNITS, "active") | {"docker.service": "inactive"},
        "ENGINE_DOWN",
        "docker.service is inactive; it should be active.",
    ),
    (
        "upkeep",
        "states",
        dict.fromkeys(UNITS, "active") | {"caddy.socket": "failed"},
        "CADDY_DOWN",
        "caddy.socket is failed; it should be active.",
    ),
    (
        "upkeep",
        "states",
        dict.fromkeys(UNITS, "active") | {"apt-daily-upgrade.timer": "absent"},
        "UPGRADES_OFF",
        "apt-daily-upgrade.timer is absent; it should be active.",
    ),
    (
        "upkeep",
        "security_updates",
        ["a", "b", "c", "d", "e"],
        "SECURITY_UPDATES",
        "5 security updates are pending on web1: a, b, c, d, ....",
    ),
    (
        "upkeep",
        "security_updates",
        None,
        "UPDATES_UNKNOWN",
        "apt on web1 can't tell which security updates are pending, nor install any.",
    ),
    ("upkeep", "reboot_due", True, "REBOOT_DUE", "web1 waits for a reboot."),
    (
        "upkeep",
        "lists_updated",
        0.0,
        "LISTS_STALE",
        "The package lists of web1 are not there: updates are missed.",
    ),
    (
        "sockets",
        "listeners",
        [listener(9099, "python3")],
        "SOCKET_UNDECLARED",
        "python3 (process 4711) listens on 0.0.0.0 port 9099/tcp; nothing declares it.",
    ),
    (
        "published",
        "ports",
        [{"name": "db", "address": "::", "port": 5432, "protocol": "tcp"}],
        "PORT_PUBLISHED",
        "Container db publishes port 5432/tcp on ::.",
    ),
    (
        "guards",
        "sshd",
        {"passwordauthentication": "yes"},
        "SSH_UNSAFE",
        "sshd of web1 runs with `passwordauthentication yes`.",
    ),
    (
        "guards",
        "docker_group",
        ["eve"],
        "DOCKER_GROUP",
        "User eve is in group docker, which is as good as root without a password.",
    ),
    (
        "guards",
        "exposed_secrets",
        ["0644 /etc/slipway/secrets/box/kek"],
        "SECRET_READABLE",
        "/etc/slipway/secrets/box/kek has mode 0644: others than its owner may use it.",
    ),
    (
        "guards",
        "engine",
        {"unreadable": "Expecting value: line 1 column 1 (char 0)"},
        "ENGINE_CONFIG",
        "/etc/docker/daemon.json on web1 can't be read: Expecting value: line 1 column 1 (char 0).",
    ),
    (
        "guards",
        "engine",
        {"live-restore": True, "no-new-privileges": True, "userland-proxy": False, "hosts": ["tcp://0.0.0.0:2375"]},
        "ENGINE_CONFIG",
        "The engine of web1 listens on tcp://0.0.0.0:2375: whoever reaches it is root.",
    ),
    (
        "guards",
        "engine",
        {"no-new-privileges": True, "userland-proxy": False},
        "ENGINE_CONFIG",
        "The engine of web1 runs with live-restore None, not True.",
    ),
    (
        "releases",
        "apps",
        {},
        "APP_MISSING",
        "App box is declared and was never released on web1.",
    ),
    (
        "releases",
        "apps",
        {"box": {"slot": "blue", "release": "r7", "processes": [], "maintenance": True}},
        "MAINTENANCE",
        "App box shows its maintenance page.",
    ),
    (
        "containers",
        "containers",
        [],
        "CONTAINER_DOWN",
        "The live container of app box (box-blue, release r7) is gone.",
    ),
    (
        "containers",
        "containers",
        container(Status="exited")["containers"],
        "CONTAINER_DOWN",
        "The live container of app box (box-blue, release r7) is exited.",
    ),
    (
        "containers",
        "containers",
        container(Health={"Status": "unhealthy"})["containers"],
        "CONTAINER_DOWN",
        "The live container of app box (box-blue, release r7) is unhealthy.",
    ),
    (
        "containers",
        "containers",
        container(OOMKilled=True)["containers"],
        "CONTAINER_DOWN",
        "The live container of app box (box-blue, release r7) was killed for want of memory.",
    ),
    (
        "leases",
        "held",
        [{"app": "box", "path": "/x/lease.json", "owner": "eve@ci", "alive": False}],
        "LEASE_DEAD",
        "eve@ci began to change app box and died; the change is unfinished.",
    ),
    (
        "leases",
        "held",
        [{"app": "box", "path": "/x/lease.json", "owner": "eve@ci", "alive": True}],
        "LEASE_HELD",
        "eve@ci is changing app box right now.",
    ),
]


@pytest.mark.parametrize(("topic", "key", "value", "code", "message"), SICK)
def test_one_fault_is_one_finding(topic: str, key: str, value: object, code: str, message: str) -> None:
    told = good()
    told[topic][key] = value
    found = examined(told)
    assert [(finding.code, finding.what) for finding in found] == [(code, message)]
    assert found[0].where
    assert found[0].command


def test_a_finding_is_shown_with_what_mends_it() -> None:
    told = good()
    told["upkeep"]["reboot_due"] = True
    told["upkeep"]["reboot_for"] = ["linux-image"]
    assert report(examined(told)) == (
        "1. warning: web1 waits for a reboot (for linux-image). [REBOOT_DUE]\n"
        "   where   web1\n"
        "   next    sudo systemctl reboot   # on web1; the apps come back by themselves"
    )


def test_without_an_engine_its_containers_are_not_judged() -> None:
    told = good()
    told["containers"] = {"answers": False, "containers": []}
    assert examined(told) == []
