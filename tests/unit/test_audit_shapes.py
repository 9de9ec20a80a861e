"""Containers that give away the host: each is found by its named check, its harmless twin is not."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.audit import containers
from tests.unit.shapes import ENGINE, Tree, bind, container, found, mounted


def user(name: str) -> Tree:
    return container(Config={"User": name, "Healthcheck": {"Test": ["CMD", "true"]}})


def health(check: object) -> Tree:
    return container(Config={"User": "10001", "Healthcheck": check})


def safe(*options: str) -> Tree:
    return container({"SecurityOpt": ["no-new-privileges:true", *options]})


def on(address: str) -> Tree:
    return container({"PortBindings": {"80/tcp": [{"HostIp": address, "HostPort": "80"}]}})


NO_HEALTH: tuple[object, ...] = (None, {}, {"Test": ["NONE"]}, {"Test": []}, {"Test": ["CMD"]})
BAD: list[tuple[str, Tree]] = [
    *(("4.1", user(name)) for name in ("0:0", "0", "", "root", "root:root", "0:10001", "00", "+0", " 0 ")),
    # A name that is not root, and a process that is.
    ("4.1", container(Uid=0, Config={"User": "app", "Healthcheck": {"Test": ["CMD", "true"]}})),
    *(("4.6", health(check)) for check in NO_HEALTH),
    *(("5.2", safe(option)) for option in ("apparmor=unconfined", "apparmor:unconfined", "apparmor=Unconfined")),
    ("5.2", container(AppArmorProfile="unconfined")),
    *(("5.3", safe(option)) for option in ("label=disable", "label:disable")),
    *(("5.4", container({"CapDrop": drop})) for drop in (None, [], ["NET_RAW"], ["CAP_CHOWN", "CAP_KILL"])),
    *(("5.4a", container({"CapAdd": add})) for add in (["ALL"], ["CAP_SYS_ADMIN"], ["sys_admin"], ["NET_ADMIN"])),
    ("5.5", container({"Privileged": True})),
    ("5.10", container({"NetworkMode": "host"})),
    ("5.10", container({"NetworkMode": "container:4711"})),
    ("5.11", container({"Memory": 0})),
    ("5.11", container({"MemorySwap": -1})),
    ("5.11", container({"OomKillDisable": True})),
    ("5.11", container({"OomScoreAdj": -1000})),
    *(("5.12", container({"NanoCpus": cpus, "CpuQuota": -1})) for cpus in (0, None)),
    ("5.13", container({"ReadonlyRootfs": False})),
    *(("5.14", on(address)) for address in ("", "0.0.0.0", "::", "[::]", "192.0.2.1", "::ffff:192.0.2.1")),
    ("5.14", container({"PublishAllPorts": True})),
    ("5.14", container(NetworkSettings={"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "80"}]}})),
    ("5.15", container({"RestartPolicy": {"Name": "always"}})),
    *(("5.16", container({"PidMode": mode})) for mode in ("host", "container:4711")),
    *(("5.17", container({"IpcMode": mode})) for mode in ("host", "container:4711")),
    ("5.18", container({"Devices": [{"PathOnHost": "/dev/kvm"}]})),
    ("5.18", container({"DeviceCgroupRules": ["a *:* rwm"]})),
    ("5.18", container({"DeviceRequests": [{"Driver": "nvidia", "Count": -1}]})),
    *(("5.19", container(Mounts=[bind("/srv/x", Propagation=how)])) for how in ("shared", "rshared")),
    ("5.20", container({"UTSMode": "host"})),
    *(("5.21", safe(option)) for option in ("seccomp=unconfined", "seccomp:unconfined", "seccomp=UNCONFINED")),
    ("5.21", safe('seccomp={"defaultAction": "SCMP_ACT_ALLOW"}')),
    ("5.21", safe("seccomp={")),
    ("5.21a", container({"MaskedPaths": []})),
    ("5.21a", container({"ReadonlyPaths": []})),
    ("5.21a", safe("systempaths=unconfined")),
    ("5.24", container({"CgroupnsMode": "host"})),
    ("5.24", container({"CgroupParent": "/system.slice"})),
    *(
        ("5.25", container({"SecurityOpt": options}))
        for options in (
            None,
            ["no-new-privileges:false"],
            ["no-new-privileges=false"],
            ["no-new-privileges=0"],
            ["no-new-privileges:true", "no-new-privileges:false"],
            ["no-new-privileges-please"],
        )
    ),
    *(("5.28", container({"PidsLimit": limit})) for limit in (None, 0, -1)),
    *(("5.29", container({"NetworkMode": mode})) for mode in ("bridge", "default")),
    ("5.29", container(NetworkSettings={"Networks": {"bridge": {}, "box-blue_default": {}}})),
    ("5.30", container({"UsernsMode": "host"})),
    ("2.13a", container({"LogConfig": {"Type": "json-file", "Config": {}}})),
    ("2.13a", container({"LogConfig": {"Type": "local", "Config": {"max-size": "-1"}}})),
]
GOOD: list[Tree] = [
    container(),
    *(user(name) for name in ("10001:10001", "10001", "app", "app:app", "rooty", "1000:0", "10")),
    container(Uid=10001, Config={"User": "app", "Healthcheck": {"Test": ["CMD-SHELL", "true"]}}),
    *(
        container({"SecurityOpt": [option]})
        for option in ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true", "no-new-privileges=1")
    ),
    container({"SecurityOpt": ["no-new-privileges:false", "no-new-privileges:true"]}),
    *(
        safe(option)
        for option in (
            "seccomp=/etc/docker/unconfined-not.json",
            "seccomp=builtin",
            'seccomp={"defaultAction": "SCMP_ACT_ERRNO"}',
            "apparmor=docker-default",
            "apparmor=my-unconfined-watcher",
            "label=type:container_t",
        )
    ),
    container(AppArmorProfile="docker-default"),
    *(container({"CapDrop": drop}) for drop in (["all"], ["ALL", "NET_RAW"], ["CAP_ALL"])),
    *(on(address) for address in ("127.0.0.1", "::1", "[::1]", "127.0.0.53", "::ffff:127.0.0.1")),
    *(container({"RestartPolicy": {"Name": name}}) for name in ("no", "on-failure", "")),
    *(container({"NetworkMode": mode}) for mode in ("none", "my-bridge", "hosting")),
    *(container({"IpcMode": mode}) for mode in ("none", "shareable", "")),
    container({"CpuQuota": 50000, "NanoCpus": 0}),
    container({"OomScoreAdj": 500, "MemorySwap": 0}),
    container({"MaskedPaths": None, "ReadonlyPaths": None}),
    container({"LogConfig": {"Type": "journald", "Config": {}}}),
    container(Mounts=[bind("/srv/x", Propagation="rslave")]),
]


@pytest.mark.parametrize(("number", "one"), BAD)
def test_a_bad_shape_is_found_by_its_own_check_alone(number: str, one: Tree) -> None:
    assert found(one) == {number}


@pytest.mark.parametrize("one", GOOD)
def test_a_good_shape_raises_no_alarm(one: Tree) -> None:
    assert containers.audit([one], ENGINE)[2] == []


def test_there_are_forty_of_each_and_every_check_has_a_bad_shape() -> None:
    assert len(BAD) >= 40
    assert len(GOOD) >= 40
    assert {number for number, _ in BAD} | {"5.6", "5.31"} == set(containers.CHECKS)


def test_the_container_that_was_given_28_of_28_is_named_for_each_of_its_holes() -> None:
    security = ["no-new-privileges:false", "seccomp:unconfined", "apparmor=unconfined"]
    host = {"SecurityOpt": security, "UTSMode": "host", "CgroupnsMode": "host", "PidMode": "container:x"}
    host |= {"MaskedPaths": [], "ReadonlyPaths": []}
    mounts = [bind(path) for path in ("/run", "/root", "/var/lib/docker", "/var/lib/slipway", "/etc/slipway/secrets")]
    one = container(host, Config={"User": "0:0", "Healthcheck": {"Test": ["NONE"]}}, Mounts=mounts)
    holes = {"4.1", "4.6", "5.2", "5.6", "5.16", "5.20", "5.21", "5.21a", "5.24", "5.25", "5.31"}
    assert found(one, ENGINE | {"hosts": ["0.0.0.0:2375"]}) == {"2.7", *holes}


def test_a_finding_says_what_speaks_against_it() -> None:
    [failure] = containers.audit([mounted("/etc/../root/")], ENGINE)[2]
    text = "container box-blue: not so that it mounts no sensitive folder of the host: /etc/../root/"
    assert failure == {"id": "5.6", "finding": text}
