"""Snapshots are root's: made under another name, kept in the order of making, and nobody's link is taken for one."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import commands, files, hook
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import HookError, PathError
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records, Release
from ansible_collections.slipway.kit.plugins.module_utils.release.snapshots import COPY, UNFINISHED, Snapshots
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

RELEASE = Release("b" * 12, "sha256:2", "", 0, "", 0, 0, "tester")
CLOCK = "%Y%m%dT%H%M%SZ"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's and the app's on a host
    declared = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "snapshot": ["copy"]}
    for folder in ("live", "state", "data"):
        (tmp_path / folder).mkdir()
    parsed = App.parse(complete([declared])[0])
    return replace(parsed, root=tmp_path, live_dir=tmp_path / "live", data_dir=tmp_path / "data")


def make(app: App, monkeypatch: pytest.MonkeyPatch, moment: str, release: str) -> str:
    """Make a snapshot while the clock shows a moment; returns its name."""
    monkeypatch.setattr(time, "gmtime", lambda: time.strptime(moment, CLOCK))
    with Snapshots(app).making(release) as folder:
        (folder / COPY).mkdir()
    return f"{moment}-before-{release}"


def test_a_clock_that_jumps_back_does_not_cost_the_newest_snapshot(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = ["20270101T000000Z", "20270101T000001Z", "20270101T000002Z", "20261126T000000Z", "20261126T000001Z"]
    made = [make(app, monkeypatch, moment, f"{number:012x}") for number, moment in enumerate(moments)]
    assert Snapshots(app).names() == made
    Snapshots(app).prune()
    assert Snapshots(app).names() == made[-3:]
    assert {each.name for each in (app.root / "snapshots").iterdir()} == set(made[-3:])


def test_snapshots_without_a_record_are_older_than_those_with_one(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    old = make(app, monkeypatch, "20270101T000000Z", "a" * 12)
    (app.root / "state/snapshots.json").unlink()
    new = make(app, monkeypatch, "20261126T000000Z", "b" * 12)
    assert Snapshots(app).names() == [old, new]


def test_what_does_not_bear_the_name_of_a_snapshot_is_left_alone(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make(app, monkeypatch, f"2026112{number}T000000Z", f"{number:012x}")
    (app.root / "snapshots/by-hand").mkdir()
    Snapshots(app).prune()
    assert (app.root / "snapshots/by-hand").is_dir()
    assert len(list((app.root / "snapshots").iterdir())) == 4


def test_one_that_fails_or_was_killed_is_never_a_snapshot(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileExistsError), Snapshots(app).making("a" * 12) as folder:
        folder.mkdir()
    assert list((app.root / "snapshots").iterdir()) == []
    (app.root / "snapshots" / UNFINISHED / COPY).mkdir(parents=True)  # killed
    made = make(app, monkeypatch, "20261126T000000Z", "b" * 12)
    assert [each.name for each in (app.root / "snapshots").iterdir()] == [made]


def test_snapshots_are_not_made_behind_a_link(app: App, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "snapshots").symlink_to(tmp_path / "victim")
    with pytest.raises(PathError, match=f"{tmp_path}/snapshots is a link"), Snapshots(app).making("a" * 12):
        pass
    assert list((tmp_path / "victim").iterdir()) == []


class NoDocker(Engine):
    """Removes nothing."""

    def remove(self, name: str) -> None:
        assert name == "tiny-snapshot"


@pytest.fixture
def records(app: App) -> Records:
    records = Records(app)
    live = replace(RELEASE, id="a" * 12, image_id="sha256:1")
    records.save(live, compose="")
    records.name_slot("blue", live.id)
    return records


@pytest.mark.parametrize(
    ("leave", "good"),
    [
        (Path.mkdir, True),
        (Path.touch, True),
        (lambda path: path.symlink_to("/etc"), False),
        (os.mkfifo, False),
        (lambda _: None, False),
    ],
    ids=["folder", "file", "link", "fifo", "nothing"],
)
def test_the_live_release_makes_it_in_a_container_of_its_own(
    app: App, records: Records, monkeypatch: pytest.MonkeyPatch, leave: object, good: bool
) -> None:
    ran = []

    def run(command: list[str], _: float, environment: dict[str, str]) -> None:
        ran.append((command, environment))
        leave(app.root / "snapshots" / UNFINISHED / COPY)  # type: ignore[operator]

    monkeypatch.setattr(commands, "run", run)
    if good:
        hook.take_snapshot(app, records, NoDocker("/nowhere"), RELEASE, "blue")
    else:
        with pytest.raises(HookError, match="made neither a folder nor a file at /slipway-snapshot/data"):
            hook.take_snapshot(app, records, NoDocker("/nowhere"), RELEASE, "blue")
    [(command, environment)] = ran
    assert command[-4:] == ["--entrypoint", "copy", "app", "/slipway-snapshot/data"]
    assert f"--volume={app.root}/snapshots/{UNFINISHED}:/slipway-snapshot" in command
    assert str(records.compose_file("a" * 12)) in command
    assert (environment["SLIPWAY_IMAGE"], environment["SLIPWAY_RELEASE"]) == ("sha256:1", "a" * 12)
    assert len(Snapshots(app).names()) == good


def test_where_nothing_is_live_there_is_nothing_to_copy(app: App, records: Records) -> None:
    hook.take_snapshot(app, records, NoDocker("/nowhere"), RELEASE, None)
    assert not (app.root / "snapshots").exists()


def test_a_live_release_without_a_record_is_refused(app: App, records: Records) -> None:
    files.remove(records.releases_dir / ("a" * 12) / "release.json")
    with pytest.raises(HookError, match="no record of the live release"):
        hook.take_snapshot(app, records, NoDocker("/nowhere"), RELEASE, "blue")
