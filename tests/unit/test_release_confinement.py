"""The data folder's mount: systemd's name for it, its options, and when it is touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import confinement
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import PathError

from .released import tiny_app

DONE: list[str] = []


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return an app on a host with systemd, where nothing is mounted yet."""
    DONE.clear()
    app = App.parse(tiny_app(tmp_path))
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n")

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        DONE.append(" ".join(command[2:]))
        if command[2] == "restart":
            unit = (tmp_path / command[3]).read_text()
            asked = unit.partition("Options=bind,")[2].splitlines()[0]
            with mounts.open("a") as table:
                table.write(
                    f"30 22 0:1 {app.data_dir} {app.data_dir} rw,{asked},relatime shared:1 - ext4 /dev/vda1 rw\n"
                )
        return subprocess.CompletedProcess(command, 0, "", "")

    for name, value in {"UNITS": tmp_path, "BOOTED": tmp_path}.items():
        monkeypatch.setattr(confinement, name, value)
    monkeypatch.setattr(confinement.mounted, "__defaults__", (mounts,))
    monkeypatch.setattr(subprocess, "run", run)
    return app


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/var/lib/slipway/apps/tiny/data", "var-lib-slipway-apps-tiny-data.mount"),
        ("/var/lib/slipway/apps/tiny-mr-7/data", r"var-lib-slipway-apps-tiny\x2dmr\x2d7-data.mount"),
        ("/srv/a_b/c.d/é", r"srv-a_b-c.d-\xc3\xa9.mount"),
    ],
)
def test_the_unit_has_the_name_that_systemd_escape_gives(path: str, name: str) -> None:
    assert confinement.unit_name(Path(path)) == name


def test_it_is_mounted_once_and_left_alone_afterwards(app: App) -> None:
    unit = confinement.unit_name(app.data_dir)
    assert confinement.confine(app) == (True, [])
    assert ["daemon-reload", f"enable {unit}", f"restart {unit}"] == DONE
    assert confinement.confine(app) == (False, [])
    assert len(DONE) == 3


def test_after_a_boot_without_it_it_is_mounted_again(app: App, tmp_path: Path) -> None:
    confinement.confine(app)
    (tmp_path / "mountinfo").write_text("")
    assert confinement.confine(app) == (True, [])
    assert len(DONE) == 6


@pytest.mark.parametrize(("declared", "asked"), [(True, "bind,nosuid,nodev,noexec"), (False, "bind,nosuid,nodev")])
def test_programs_run_from_it_only_where_that_is_declared(app: App, tmp_path: Path, declared: bool, asked: str) -> None:
    object.__setattr__(app, "data_noexec", declared)
    confinement.confine(app)
    unit = (tmp_path / confinement.unit_name(app.data_dir)).read_text()
    assert f"\nOptions={asked}\n" in unit
    assert "\nBefore=docker.service\n" in unit


def test_where_it_can_not_be_mounted_that_is_a_warning(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="mount failed: not permitted\n")

    monkeypatch.setattr(subprocess, "run", run)
    told = "the data folder could not be mounted nosuid,nodev,noexec: mount failed: not permitted"
    assert confinement.confine(app) == (True, [told])


def test_a_host_without_systemd_is_left_alone(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(confinement, "BOOTED", tmp_path / "none")
    assert confinement.confine(app) == (False, [])
    assert DONE == []


def test_the_mount_goes_before_the_folder(app: App, tmp_path: Path) -> None:
    confinement.confine(app)
    unit = confinement.unit_name(app.data_dir)
    confinement.let_go(app)
    assert DONE[3:] == [f"disable --now {unit}", "daemon-reload"]
    assert not (tmp_path / unit).exists()
    confinement.let_go(app)
    assert len(DONE) == 5, "none is fine"


def test_a_folder_that_somebody_is_in_is_told_with_the_way_out(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    confinement.confine(app)

    def run(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="Job failed.\nSee the journal.\n")

    monkeypatch.setattr(subprocess, "run", run)
    told = "can't be unmounted: Job failed. See the journal.\n.*`fuser -vm "
    with pytest.raises(PathError, match=f"(?s){told}"):
        confinement.let_go(app)


def test_of_mounts_on_one_another_the_last_counts(tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.write_text("30 22 0:1 /d /d rw,nosuid,noexec - ext4 x rw\n31 30 0:1 /d /d rw,nodev - ext4 x rw\n")
    assert confinement.mounted(Path("/d"), table) == {"rw", "nodev"}
    assert confinement.mounted(Path("/e"), table) == set()
