"""The app as a visitor, root and an intruder inside its container see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from testinfra.host import Host

from slipway.rig.visitor import Visitor

ROOT = "/var/lib/slipway/apps/tiny"
SECRETS = "/etc/slipway/secrets/tiny"


@pytest.fixture(scope="module")
def container(host: Host) -> dict[str, Any]:
    names = host.check_output("docker ps --filter label=org.slipway.app=tiny --format '{{.Names}}'").split()
    assert len(names) == 1, f"one slot runs, not {names}"
    inspected: list[dict[str, Any]] = json.loads(host.check_output("docker inspect %s", names[0]))
    return inspected[0]


def test_a_visitor_gets_the_release_over_https(host: Host, visitor: Visitor) -> None:
    release = host.file(f"{ROOT}/live/green.release").content_string
    answer = visitor.curl("https://app.test/", "--include").stdout
    assert f"x-release: {release}" in answer.lower()
    assert json.loads(answer.splitlines()[-1])["release"] == release


def test_the_container_runs_without_root_or_any_capability(container: dict[str, Any]) -> None:  # C-01 C-02 C-03
    config = container["HostConfig"]
    assert container["Config"]["User"] == "10001:10001"
    assert config["CapDrop"] == ["ALL"]
    assert not config["CapAdd"]
    assert not config["Privileged"]
    assert "no-new-privileges:true" in config["SecurityOpt"]


def test_the_containers_file_system_is_read_only(host: Host, container: dict[str, Any]) -> None:  # C-04
    assert container["HostConfig"]["ReadonlyRootfs"]
    assert host.run("docker exec %s python3 -c \"open('/x', 'w')\"", container["Name"].lstrip("/")).rc != 0
    assert host.run("docker exec %s python3 -c \"open('/data/x', 'w')\"", container["Name"].lstrip("/")).rc == 0


def test_nothing_in_the_data_folder_runs_or_gives_rights(host: Host, container: dict[str, Any]) -> None:  # C-04
    name = container["Name"].lstrip("/")
    mounts = host.check_output("docker exec %s cat /proc/self/mountinfo", name).splitlines()
    [options] = [line.split()[5] for line in mounts if line.split()[4] == "/data"]
    assert {"rw", "nosuid", "nodev", "noexec"} <= set(options.split(","))
    mount = host.service("var-lib-slipway-apps-tiny-data.mount")
    assert (mount.is_enabled, mount.is_running) == (True, True)


def test_the_container_has_limits(container: dict[str, Any]) -> None:  # C-06 D-02
    config = container["HostConfig"]
    assert config["Memory"] == config["MemorySwap"] == 256 * 1024 * 1024
    assert config["NanoCpus"] == 10**9
    assert config["PidsLimit"] == 256
    assert config["LogConfig"] == {"Type": "local", "Config": {"max-file": "3", "max-size": "10m"}}
    assert config["RestartPolicy"]["Name"] == "unless-stopped"


def test_the_port_is_published_on_loopback_only(container: dict[str, Any]) -> None:
    bindings = [binding for bound in container["HostConfig"]["PortBindings"].values() for binding in bound]
    assert [binding["HostIp"] for binding in bindings] == ["127.0.0.1"]


def test_a_secret_is_a_file_that_only_root_and_the_app_can_read(  # X-02 X-04
    host: Host, container: dict[str, Any]
) -> None:
    secret = host.file(f"{SECRETS}/token")
    assert (secret.mode, secret.uid, secret.content_string) == (0o400, 10001, "for the test only")
    assert host.file(SECRETS).mode == 0o700
    assert "for the test only" not in json.dumps(container)
    name = container["Name"].lstrip("/")
    assert host.check_output("docker exec %s cat /run/secrets/token", name) == "for the test only"


def test_caddys_user_sees_the_switch_and_nothing_else_of_the_app(host: Host) -> None:
    assert host.run("setpriv --reuid caddy --clear-groups ls %s/live/green", ROOT).rc == 0
    for private in ("data", "releases", "state"):
        assert host.run("setpriv --reuid caddy --clear-groups ls %s", f"{ROOT}/{private}").rc != 0


def test_a_deploy_leaves_an_audit_line(host: Host) -> None:
    lines = host.file("/var/log/slipway/audit.jsonl").content_string.splitlines()
    entry = json.loads(lines[-1])
    assert (entry["action"], entry["app"], entry["result"]) == ("deploy", "tiny", "ok")
    assert {"start", "gate", "switch", "check"} <= set(entry["seconds"])
