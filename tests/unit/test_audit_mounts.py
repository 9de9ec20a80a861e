"""Mounts are compared as what they are, in both directions: of a sensitive place, below it, above it."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.audit import places
from tests.unit.shapes import Tree, bind, container, found, mounted

GIVES_AWAY = (
    *("/", "//", "/.", "/etc", "/etc/", "//etc", "/srv/../etc", "/etc/slipway/secrets", "/etc/slipway/secrets/"),
    *("/etc/slipway/secrets/other/kek", "/etc/slipway/secrets/box", "/etc/slipway/secrets/box/../other/kek"),
    *("/var", "/var/lib", "/var/lib/docker", "/var/lib/docker/volumes", "/var/lib/containerd", "/var/lib/slipway"),
    *("/var/lib/slipway/apps", "/var/lib/slipway/apps/box", "/var/lib/slipway/apps/other/data"),
    *("/var/lib/slipway/apps/box/data/../state", "/var/lib/slipway/apps/box/live", "/var/lib/slipway/apps/boxer/data"),
    *("/var/lib/caddy", "/var/lib/caddy/certificates", "/var/lib/dpkg/info", "/var/spool/cron/crontabs", "/var/log"),
    *("/root", "/root/.ssh", "/home", "/home/eve", "/home/eve/.ssh", "/srv/x/.ssh/id_ed25519", "/boot", "/dev"),
    *("/dev/sda", "/proc", "/proc/1/root/srv", "/sys", "/sys/fs/cgroup", "/usr", "/usr/local/bin", "/lib/modules"),
    *(
        "/bin",
        "/sbin/init",
        "/lib64",
        "/run/caddy",
        "/var/run/caddy/admin.sock",
        "/run/systemd",
        "/run/dbus",
        "/var/lock",
    ),
)
ENGINES = (
    *("/", "/run", "/run/", "/var/run", "/var/run/", "/run/docker.sock", "/var/run/docker.sock", "/run/./docker.sock"),
    *(
        "/run/containerd",
        "/run/containerd/containerd.sock",
        "/srv/docker.sock",
        "/run/podman/podman.sock",
        "/var/../run",
    ),
)
KEPT = (
    *("/var/lib/slipway/apps/box/data", "/var/lib/slipway/apps/box/data/", "/var/lib/slipway/apps/box/data/etc"),
    *("/var/lib/slipway/apps/box/./data/uploads", "/srv/files", "/srv/etc", "/opt/etcetera", "/mnt/backup/dev"),
    *("/home/eve/project", "/var/lib/postgresql", "/var/lib/dockerish", "/data", "/rooted", "/runner", "/usrlocal"),
)
READ_ONLY = (
    *("/etc/slipway/secrets/box/kek", "/etc/slipway/secrets/box/.releases/r7/kek", "/etc/localtime", "/etc/timezone"),
    *("/etc/ssl/certs", "/usr/share/zoneinfo/Etc/UTC", "/usr/share/ca-certificates", "/var/log"),
)


@pytest.mark.parametrize("path", GIVES_AWAY)
def test_a_mount_of_above_or_below_a_sensitive_place_is_found(path: str) -> None:
    assert "5.6" in found(mounted(path))


@pytest.mark.parametrize("path", ENGINES)
def test_a_mount_with_the_socket_of_an_engine_is_found(path: str) -> None:
    assert "5.31" in found(mounted(path, rw=False))


@pytest.mark.parametrize("path", KEPT)
def test_a_mount_of_an_apps_own_data_raises_no_alarm(path: str) -> None:
    assert found(mounted(path)) == set()


@pytest.mark.parametrize("path", READ_ONLY)
def test_own_secrets_and_what_everybody_may_read_are_mounted_read_only(path: str) -> None:
    assert found(mounted(path, rw=False)) == set()
    assert found(mounted(path)) == {"5.6"}


@pytest.mark.parametrize(
    "one",
    [
        container({"Binds": ["/etc:/host:rw"]}, Mounts=[]),
        container({"Binds": ["/var/run/docker.sock:/s"]}, Mounts=[]),
        container({"Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/host"}]}, Mounts=[]),
        container(
            {"Mounts": [{"Type": "volume", "VolumeOptions": {"DriverConfig": {"Options": {"device": "/etc"}}}}]},
            Mounts=[],
        ),
        container(Mounts=[bind("/srv/link", Resolved="/etc")]),
        container(
            Mounts=[{"Type": "volume", "Name": "v", "Source": "/var/lib/docker/volumes/v/_data", "Resolved": "/etc"}]
        ),
    ],
    ids=["bind", "socket", "mount", "volume's device", "link on the host", "volume of a path"],
)
def test_a_mount_is_found_wherever_the_engine_writes_it(one: Tree) -> None:
    assert "5.6" in found(one)


def test_a_volume_of_the_engine_is_no_look_into_its_folder() -> None:
    volume = {"Type": "volume", "Name": "v", "Source": "/var/lib/docker/volumes/v/_data", "RW": True, "Resolved": ""}
    assert found(container({"Mounts": [{"Type": "volume", "Source": "v", "Target": "/d"}]}, Mounts=[volume])) == set()


def test_a_label_does_not_make_another_apps_data_ones_own() -> None:
    labelled = {"User": "1", "Healthcheck": {"Test": ["CMD", "true"]}, "Labels": {"org.slipway.app": "other"}}
    assert found(container(Config=labelled, Mounts=[bind("/var/lib/slipway/apps/other/data")])) == {"5.6"}


def test_links_of_debian_are_followed() -> None:
    assert places.plain("//var/run/../run/x/") == "/run/x"
    assert places.plain("/lib64/ld.so") == "/usr/lib64/ld.so"
