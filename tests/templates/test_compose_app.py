"""compose/app.yml.j2, as the real Compose reads it."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts.catalogue import load
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts.fetch import fetch
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts.machine import architecture_of
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file

Table = dict[str, Any]
SLOT = {
    "SLIPWAY_IMAGE": "sha256:" + "1" * 64,
    "SLIPWAY_SLOT": "blue",
    "SLIPWAY_PORT": "20000",
    "SLIPWAY_RELEASE": "abc123",
    "SLIPWAY_SECRETS_DIR": "/etc/slipway/secrets/tiny/.releases/abc123",
}


def app(**fields: object) -> Table:
    declared = {"name": "tiny", "domains": ["app.test"], "exposure": "public", "build": "app"}
    return dict(complete([declared | fields])[0])


@pytest.fixture(scope="module")
def compose() -> str:
    return str(fetch(load("docker-compose", architecture_of(platform.machine()))))


def read(compose: str, folder: Path, declared: Table, environment: dict[str, str]) -> Table:
    file = folder / "compose.yml"
    file.write_text(compose_file(declared))
    command = [compose, "-f", str(file), "config", "--format", "json"]
    done = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    config: Table = json.loads(done.stdout)
    return config


def test_a_slot_is_hardened(compose: str, tmp_path: Path) -> None:
    service = read(compose, tmp_path, app(memory_mib=300, cpus=0.5, pids=99), SLOT)["services"]["app"]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["cgroup"] == "private"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] == service["memswap_limit"] == str(300 * 1024 * 1024)
    assert (service["cpus"], service["pids_limit"]) == (0.5, 99)
    assert service["logging"] == {"driver": "local", "options": {"max-size": "10m", "max-file": "3"}}
    assert service["tmpfs"] == ["/tmp:size=16m,mode=1777,noexec,nosuid,nodev"]
    for absent in ("privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "group_add"):
        assert not service.get(absent), absent


def test_its_port_is_on_loopback_only(compose: str, tmp_path: Path) -> None:
    (port,) = read(compose, tmp_path, app(port=5000), SLOT)["services"]["app"]["ports"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "20000", 5000)


def test_the_data_is_the_only_mount_and_must_exist(compose: str, tmp_path: Path) -> None:
    (volume,) = read(compose, tmp_path, app(), SLOT)["services"]["app"]["volumes"]
    assert (volume["type"], volume["source"], volume["target"]) == ("bind", "/var/lib/slipway/apps/tiny/data", "/data")
    assert volume["bind"].get("create_host_path") is not True


def test_secrets_are_files_and_never_in_the_environment(compose: str, tmp_path: Path) -> None:
    config = read(compose, tmp_path, app(secrets=["kek"]), SLOT)
    assert config["secrets"]["kek"]["file"] == "/etc/slipway/secrets/tiny/.releases/abc123/kek"
    assert config["services"]["app"]["secrets"] == [{"source": "kek", "target": "kek"}]
    assert config["services"]["app"]["environment"] == {"RELEASE": "abc123"}


def test_an_app_without_secrets_has_none(compose: str, tmp_path: Path) -> None:
    assert "secrets" not in read(compose, tmp_path, app(), SLOT)


@pytest.mark.parametrize(
    "value", ["plain", "$HOME ${HOME}", 'a "quote"', "line\nbreak", "yes", "1.0", "{{ x }}", "<&>", "ü", "- a: b #c"]
)
def test_environment_values_arrive_as_they_were_declared(compose: str, tmp_path: Path, value: str) -> None:
    config = read(compose, tmp_path, app(env={"VALUE": value}), SLOT)
    assert config["services"]["app"]["environment"]["VALUE"].replace("$$", "$") == value


def test_both_slots_have_the_same_file_and_names_of_their_own(compose: str, tmp_path: Path) -> None:
    blue = read(compose, tmp_path, app(), SLOT)
    green = read(compose, tmp_path, app(), SLOT | {"SLIPWAY_SLOT": "green", "SLIPWAY_PORT": "20001"})
    assert (blue["name"], green["name"]) == ("tiny-blue", "tiny-green")
    assert green["services"]["app"]["container_name"] == "tiny-green"


@pytest.mark.parametrize("missing", ["SLIPWAY_IMAGE", "SLIPWAY_SLOT", "SLIPWAY_PORT", "SLIPWAY_RELEASE"])
def test_a_slot_without_its_values_is_refused(compose: str, tmp_path: Path, missing: str) -> None:
    environment = {name: value for name, value in SLOT.items() if name != missing}
    with pytest.raises(AssertionError, match=f"required variable {missing} is missing a value"):
        read(compose, tmp_path, app(), environment)


def test_each_process_has_a_container_of_its_own_as_hard_as_the_apps(compose: str, tmp_path: Path) -> None:
    processes: Table = {
        "worker": {"build": "app", "target": "worker", "command": ["work", "$HOME"], "secrets": ["kek"]},
        "pages": {"port": 9000, "path": "/pages"},
    }
    images = {"SLIPWAY_IMAGE_WORKER": "sha256:" + "2" * 64, "SLIPWAY_PORT_PAGES": "20002"}
    config = read(compose, tmp_path, app(processes=processes, env={"A": "1"}), SLOT | images)
    main, worker, pages = (config["services"][name] for name in ("app", "worker", "pages"))
    for key in ("user", "read_only", "cap_drop", "security_opt", "cgroup", "tmpfs", "logging", "labels"):
        assert main[key] == worker[key] == pages[key], key
    assert (worker["container_name"], pages["container_name"]) == ("tiny-blue-worker", "tiny-blue-pages")
    assert (worker["image"], pages["image"]) == (images["SLIPWAY_IMAGE_WORKER"], main["image"])
    assert worker["healthcheck"] == {"disable": True}, "what the image asks is meant for the process that serves"
    assert worker["command"] == ["work", "$$HOME"]
    assert not worker.get("ports")
    assert not worker.get("volumes"), "an image of its own does not get the app's data"
    assert pages["ports"][0]["published"] == "20002"
    assert worker["secrets"] == [{"source": "kek", "target": "kek"}]
    assert not main.get("secrets")
