"""Images that a kill left on their way are removed by the next deploy, and nothing else is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import uploads

from .test_release_storage import Host, host  # noqa: F401 - a fixture

NAME = f"slipway-{'0a' * 16}.tar.gz"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be two hours later."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 7200)


@pytest.mark.usefixtures("later")
def test_a_deploy_removes_uploads_that_nobody_writes_any_more(
    host: Host,  # noqa: F811 - a fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / NAME).write_bytes(b"half an image")
    monkeypatch.setattr(uploads.clear, "__defaults__", (folder,))
    host.deploy("one")
    assert list(folder.iterdir()) == []


def test_an_upload_in_progress_stays(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    assert uploads.clear(tmp_path) == []
    assert (tmp_path / NAME).exists()


@pytest.mark.usefixtures("later")
def test_what_only_looks_like_an_upload_stays_and_no_link_is_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "uploads"
    folder.mkdir()
    names = [f"slipway-{number:032x}.tar.gz" for number in range(4)]
    (folder / names[0]).symlink_to(victim)
    (folder / names[1]).mkdir()
    os.mkfifo(folder / names[2])
    foreign = [f"{NAME}.bak", f"x{NAME}", "slipway-1.tar.gz", NAME.replace("0a", "0A", 1)]
    for name in foreign:
        (folder / name).touch()
    assert uploads.clear(folder) == []
    assert sorted(entry.name for entry in folder.iterdir()) == sorted([*names[:3], *foreign])
    assert victim.read_text() == "precious"


@pytest.mark.usefixtures("later")
def test_files_of_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).touch()
    owner = (tmp_path / NAME).stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    if owner == 0:
        monkeypatch.setattr(uploads, "ROOT", owner + 1)
    assert uploads.clear(tmp_path) == []
    monkeypatch.setenv("SUDO_UID", str(owner))
    assert uploads.clear(tmp_path) == [NAME], "of whom became root here"


def test_a_folder_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    assert uploads.clear(tmp_path / "none") == []


def test_a_link_in_place_of_an_upload_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of root's")
    (tmp_path / NAME).symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        uploads.opened(tmp_path / NAME)
