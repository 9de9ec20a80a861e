"""The rig itself: rigs do not meet, nothing stays behind, a crashed run is cleaned by the next."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import docker
import pytest

from slipway.places import KIT
from slipway.rig import Rig, RigError, engine
from slipway.rig.host import Host
from slipway.rig.ownership import TOKEN_LABEL

HOSTS = {"web1": ["app.test"]}
pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def client() -> docker.DockerClient:
    return engine.connect()


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Rig]:
    with Rig.up("e2e-neighbour", HOSTS, user="deploy") as rig:
        yield rig


def remains(client: docker.DockerClient, token: str) -> list[str]:
    """Return the ids of everything in the engine that belongs to a rig."""
    label: dict[str, str | list[str] | bool] = {"label": f"{TOKEN_LABEL}={token}"}
    found = [
        *client.containers.list(all=True, filters=label, ignore_removed=True),
        *client.networks.list(filters=label),
    ]
    return [str(each.id) for each in (*found, *client.volumes.list(filters=label))]


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], cwd=KIT, capture_output=True, text=True, check=False)


def test_a_host_boots_without_failed_units(rig: Rig) -> None:
    state = rig.host("web1").exec(["systemctl", "is-system-running", "--wait"])
    assert state.stdout.strip() == "running", rig.host("web1").exec(["systemctl", "--failed"]).stdout


def test_a_host_is_bare(rig: Rig) -> None:
    programs = "for each in docker caddy nft curl; do command -v $each; done"
    assert rig.host("web1").exec(["sh", "-c", programs]).stdout == ""


def test_ssh_accepts_only_the_pinned_host_keys(rig: Rig) -> None:
    host = rig.host("web1")
    assert subprocess.run(host.ssh("true"), check=False).returncode == 0
    pinned = rig.folder / "known_hosts"
    keys = pinned.read_text()
    other = keys.replace("AAAA", "AAAB")
    try:
        pinned.write_text(other)
        refused = subprocess.run(host.ssh("true"), capture_output=True, text=True, check=False)
    finally:
        pinned.write_text(keys)
    assert refused.returncode == 255
    assert "Host key verification failed" in refused.stderr


def test_a_rebooted_host_keeps_address_and_keys(rig: Rig) -> None:
    host = rig.host("web1")
    before = host.exec(["cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat"]).stdout
    host.restart()
    assert host.exec(["cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat"]).stdout != before
    assert subprocess.run(host.ssh("true"), check=False).returncode == 0


def test_two_rigs_with_the_same_names_inside_do_not_meet(rig: Rig, neighbour: Rig) -> None:
    for each, other in ((rig, neighbour), (neighbour, rig)):
        own, foreign = each.host("web1"), other.host("web1")
        assert own.address in each.visitor.exec(["getent", "ahostsv4", "app.test"]).stdout
        probe = each.visitor.exec(["nmap", "-Pn", "-n", "-p", "22", foreign.address])
        assert "22/tcp open" not in probe.stdout, probe.stdout


def test_a_user_who_is_not_root_may_sudo(neighbour: Rig) -> None:
    done = subprocess.run(
        neighbour.host("web1").ssh("id -un && sudo -n id -un"), capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["deploy", "root"]


def test_a_name_that_is_in_use_is_refused(rig: Rig) -> None:
    with pytest.raises(RigError, match=f"Rig {rig.name} is up already"):
        Rig.up(rig.name, HOSTS)


def test_the_visitor_reaches_hosts_over_ipv6_too(rig: Rig) -> None:
    address = rig.host("web1").address6
    assert address, "this engine made a network without IPv6"
    assert "22/tcp open" in rig.visitor.exec(["nmap", "-6", "-Pn", "-p", "22", address]).stdout


def test_down_removes_everything(client: docker.DockerClient) -> None:
    rig = Rig.up("e2e-gone", HOSTS)
    token, folder = rig.token, rig.folder
    assert len(remains(client, token)) == 5
    rig.down()
    assert remains(client, token) == []
    assert not folder.exists()


def test_a_crashed_run_is_cleaned_by_the_next_two_and_neighbours_live(client: docker.DockerClient, rig: Rig) -> None:
    crash = (
        "import os; from slipway.rig import Rig; "
        "print(Rig.up('e2e-crash', {'web1': []}).token, flush=True); os._exit(9)"
    )
    crashed = run_python(crash)
    assert crashed.returncode == 9, crashed.stderr
    token = crashed.stdout.strip()
    assert remains(client, token)
    nexts = [f"from slipway.rig import Rig; Rig.up('e2e-next{n}', {{'web1': []}}).down()" for n in (1, 2)]
    with ThreadPoolExecutor() as pool:
        assert [done.stderr for done in pool.map(run_python, nexts)] == ["", ""]
    assert remains(client, token) == []
    assert not (rig.folder.parent / "e2e-crash").exists()
    assert rig.running


def test_a_start_that_fails_leaves_nothing(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def unplugged(host: Host) -> None:
        raise RigError(f"{host.name} does not boot")

    monkeypatch.setattr(Host, "wait", unplugged)
    with pytest.raises(RigError, match="does not boot"):
        Rig.up("e2e-fails", HOSTS)
    assert not [
        each.name for each in client.containers.list(all=True, ignore_removed=True) if "e2e-fails" in str(each.name)
    ]


def test_a_kept_rig_outlives_its_process_and_is_found_again() -> None:
    up = "from slipway.rig import Rig; print(Rig.up('e2e-kept', {'web1': []}, kept=True).token)"
    try:
        first, second = run_python(up), run_python(up)
        assert first.stdout == second.stdout != ""
    finally:
        Rig.remove("e2e-kept")
