"""The mirror is root's folder: the live release brings it up, one run at a time, and a release keeps a copy of it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import commands, files, hook, mirror
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.commands import CommandError
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import PathError
from ansible_collections.slipway.kit.plugins.module_utils.release.mirror import MirrorError
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records, Release
from ansible_collections.slipway.kit.plugins.module_utils.release.snapshots import Snapshots

from .released import tiny_app

LIVE = Release("a" * 12, "sha256:1", "", 0, "", 0, 0, "tester")
NEXT = replace(LIVE, id="b" * 12, image_id="sha256:2")


class NoDocker(Engine):
    """Removes nothing."""

    def remove(self, name: str) -> None:
        assert name == "tiny-mirror"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's and the app's on a host
    return App.parse(tiny_app(tmp_path, mirror=["bring", "--into"]))


@pytest.fixture
def records(app: App) -> Records:
    records = Records(app)
    records.save(LIVE, compose="")
    records.name_slot("blue", LIVE.id)
    return records


@pytest.fixture
def ran(app: App, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands of the live release, which write their number into the mirror; others are run."""
    commanded: list[list[str]] = []
    run = commands.run

    def recorded(command: list[str], timeout_s: float, environment: dict[str, str]) -> list[str]:
        if command[0] != "docker":
            return run(command, timeout_s, environment)
        assert environment["SLIPWAY_DATA_DIR"] == str(app.data_dir)
        commanded.append(command)
        (mirror.folder_of(app) / "data.db").write_text(str(len(commanded)))
        return []

    monkeypatch.setattr(commands, "run", recorded)
    return commanded


def keep(app: App, records: Records) -> None:
    hook.keep_data(app, records, NoDocker("/nowhere"), NEXT, "blue")


def test_the_live_release_brings_it_up_and_alone_has_it(app: App, records: Records, ran: list[list[str]]) -> None:
    mirror.bring_up(app, records, NoDocker("/nowhere"))
    [command] = ran
    assert command[-5:] == ["--entrypoint", "bring", "app", "--into", "/slipway-mirror"]
    assert f"--volume={app.root}/mirror:/slipway-mirror" in command
    assert str(records.compose_file(LIVE.id)) in command
    assert (app.root / "mirror").stat().st_mode & 0o777 == 0o700


def test_a_release_keeps_a_copy_that_the_next_mirror_does_not_change(
    app: App, records: Records, ran: list[list[str]]
) -> None:
    keep(app, records)
    mirror.bring_up(app, records, NoDocker("/nowhere"))
    (mirror.folder_of(app) / "data.db").write_text("overwritten in place")
    [name] = Snapshots(app).names()
    assert (app.root / "snapshots" / name / "data" / "data.db").read_text() == "1"


def test_a_copy_holds_links_as_links(app: App, records: Records, ran: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("root's")
    files.folder(mirror.folder_of(app), mode=0o700, owner=app.uid)
    (mirror.folder_of(app) / "link").symlink_to(tmp_path / "victim")
    os.mkfifo(mirror.folder_of(app) / "fifo")
    keep(app, records)
    [name] = Snapshots(app).names()
    assert (app.root / "snapshots" / name / "data" / "link").is_symlink()


def test_a_mirror_that_is_a_link_leads_nowhere(
    app: App, records: Records, ran: list[list[str]], tmp_path: Path
) -> None:
    (tmp_path / "victim").mkdir()
    mirror.folder_of(app).symlink_to(tmp_path / "victim")
    with pytest.raises(PathError, match=r"/mirror is a link"):
        keep(app, records)
    assert ran == []
    assert list((tmp_path / "victim").iterdir()) == []


def test_where_nothing_is_live_there_is_nothing_to_keep(app: App, records: Records, ran: list[list[str]]) -> None:
    hook.keep_data(app, records, NoDocker("/nowhere"), NEXT, None)
    assert not mirror.folder_of(app).exists()


def test_a_live_release_without_a_record_is_an_error(app: App, records: Records, ran: list[list[str]]) -> None:
    files.remove(records.releases_dir / LIVE.id / "release.json")
    with pytest.raises(MirrorError, match="tiny: no release is live that could bring its mirror up to date"):
        keep(app, records)


def test_a_command_that_fails_is_told_with_what_it_said(
    app: App, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise CommandError("exited with code 2", ["No such option: --into"])

    monkeypatch.setattr(commands, "run", fails)
    with pytest.raises(MirrorError) as failed:
        keep(app, records)
    assert str(failed.value) == (
        f"tiny: `mirror` exited with code 2 in the live release {LIVE.id}.\n"
        "  No such option: --into\n"
        "Next: let `bring --into` bring the folder in its last argument up to the data; where the live release does not"
        " know the command yet, declare `snapshot` for one deploy, and `mirror` after it"
    )
    assert Snapshots(app).names() == []


def test_two_runs_take_turns(app: App) -> None:
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with mirror.locked(app, 60):
            inside.set()
            time.sleep(0.3)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(60)
    with mirror.locked(app, 60):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_who_waits_too_long_is_told(app: App) -> None:
    with (
        mirror.locked(app, 0),
        pytest.raises(MirrorError, match="tiny: its mirror is in use by another run, and was for 0 s"),
        mirror.locked(app, 0),
    ):
        pass
