"""What runs is what is declared: its port, its volumes, and an answer of its own after the switch."""

from __future__ import annotations

import http.server
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor import apps as doctor_apps
from ansible_collections.slipway.kit.plugins.module_utils.doctor import exposure
from ansible_collections.slipway.kit.plugins.module_utils.hostreport import leases
from ansible_collections.slipway.kit.plugins.module_utils.release import refusals, starting
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.docker_objects import Container, Image, container_of
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import CheckError, RefusedError
from ansible_collections.slipway.kit.plugins.module_utils.release.front import Front
from ansible_collections.slipway.kit.plugins.module_utils.release.labels import RELEASE_LABEL
from ansible_collections.slipway.kit.plugins.module_utils.release.lease import LeaseFile
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

DECLARED = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "ephemeral": ["/cache"]}
APP = App.parse(complete([DECLARED])[0])
CONTAINER = Container("c", "tiny-blue", "i", True, False, 0, 0, False, "", {RELEASE_LABEL: "r1"}, (APP.ports["blue"],))


def test_a_container_tells_the_ports_of_the_host_that_it_publishes() -> None:
    described = {
        "Id": "c",
        "Name": "/tiny-blue",
        "Image": "i",
        "State": {"Running": True, "ExitCode": 0},
        "Config": {"Labels": {}},
        "HostConfig": {"PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "20001"}], "9/udp": None}},
    }
    assert container_of(described).ports == (20001,)
    assert container_of({**described, "HostConfig": {"PortBindings": None}}).ports == ()


def test_a_container_on_another_port_is_not_what_is_declared() -> None:
    assert starting.is_of(CONTAINER, "r1", APP.main, "blue")
    assert not starting.is_of(CONTAINER, "r1", APP.main, "green")
    assert not starting.is_of(CONTAINER, "r2", APP.main, "blue")


@pytest.mark.parametrize("declared", [(), ("/data",), ("/data/",), ("/cache", "/data"), ("/cache/",)])
def test_volumes_that_are_the_data_or_may_be_lost_are_fine(declared: tuple[str, ...]) -> None:
    refusals.refuse_lost_volumes(APP, Image("i", "f", (), {}, 1, (), declared))


@pytest.mark.parametrize("declared", [("/app/static",), ("/data", "/var/lib/db"), ("/data/cache",), ("/cached",)])
def test_a_volume_that_would_lose_what_is_written_is_refused_with_both_ways_out(declared: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError, match="its image declares VOLUME") as refused:
        refusals.refuse_lost_volumes(APP, Image("i", "f", (), {}, 1, (), declared))
    assert declared[-1] in str(refused.value)
    assert f"ephemeral: [{declared[-1]}]" in str(refused.value)


@contextmanager
def caddy(status: int, release: str) -> Iterator[Front]:
    """A stand-in for Caddy that answers everything alike."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("X-Release", release)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Front(Path("/nowhere"), Path("/nowhere"), port=server.server_port, tls=False)
        server.shutdown()


@pytest.mark.parametrize(("status", "release"), [(502, "new"), (503, "new"), (404, "new"), (200, "old")])
def test_a_release_is_not_live_by_its_name_alone(status: int, release: str, tmp_path: Path) -> None:
    app = replace(APP, live_dir=tmp_path)
    with caddy(status, release) as front, pytest.raises(CheckError, match=f"status {status}"):
        front.wait_for(app, "new", "/readyz", timeout_s=0.3)


def test_a_release_that_answers_ready_is_live(tmp_path: Path) -> None:
    with caddy(200, "new") as front:
        front.wait_for(replace(APP, live_dir=tmp_path), "new", "/readyz", timeout_s=5)


def test_behind_the_maintenance_page_the_name_has_to_do(tmp_path: Path) -> None:
    (tmp_path / "maintenance").touch()
    with caddy(503, "new") as front:
        front.wait_for(replace(APP, live_dir=tmp_path), "new", "/readyz", timeout_s=5)


def test_the_doctor_calls_dead_what_the_engine_calls_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "box" / "state"
    state.mkdir(parents=True)
    LeaseFile(state).take("eve@ci")
    assert [found.code for found in doctor_apps.leases(leases.read(tmp_path)["held"])] == ["LEASE_HELD"]  # type: ignore[arg-type]
    monkeypatch.setattr(
        "ansible_collections.slipway.kit.plugins.module_utils.release.lease.boot_id", lambda: "another boot"
    )
    assert LeaseFile(state).holder() is None
    assert [found.code for found in doctor_apps.leases(leases.read(tmp_path)["held"])] == ["LEASE_DEAD"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("allowed", "codes"), [((), ["ENGINE_CONFIG"]), (("live-restore",), [])])
def test_what_the_operator_turned_off_is_no_finding(allowed: tuple[str, ...], codes: list[str]) -> None:
    guards = {"engine": {"live-restore": False, "no-new-privileges": True, "userland-proxy": False}}
    assert [found.code for found in exposure.engine("web1", guards, allowed)] == codes


def test_data_of_a_living_app_is_not_handed_to_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = replace(APP, data_dir=tmp_path, uid=12000)
    owners = iter([10001, 12000, 0])
    real = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        found = list(real(path))
        found[stat.ST_UID] = next(owners)
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", lstat)
    with pytest.raises(RefusedError, match=r"`uid: 12000` is declared.*belongs to 10001") as refused:
        refusals.refuse_another_owner(app)
    assert "set `uid: 10001` again" in str(refused.value)
    refusals.refuse_another_owner(app)
    refusals.refuse_another_owner(app)


@pytest.mark.parametrize(
    ("architecture", "machine"), [("amd64", "x86_64"), ("arm64", "aarch64"), ("", "x86_64"), ("amd64", "some new one")]
)
def test_an_image_for_this_machine_is_fine(architecture: str, machine: str) -> None:
    refusals.refuse_another_machine(APP, architecture, machine)


def test_an_image_for_another_machine_is_refused_before_it_is_sent() -> None:
    with pytest.raises(RefusedError, match="its image is for arm64, and this host is amd64") as refused:
        refusals.refuse_another_machine(APP, "arm64", "x86_64")
    assert "--platform linux/amd64" in str(refused.value)
