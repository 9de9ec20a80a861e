"""Folders that the kit makes for others to read do not depend on the umask of who logged in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils import folders


@pytest.fixture(autouse=True)
def _strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_every_folder_that_is_made_gets_the_mode(tmp_path: Path) -> None:
    folders.make(tmp_path / "etc" / "caddy")
    assert [mode(tmp_path / "etc"), mode(tmp_path / "etc" / "caddy")] == [0o755, 0o755]


def test_folders_that_exist_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir(mode=0o700)
    folders.make(tmp_path / "etc" / "caddy")
    assert mode(tmp_path / "etc") == 0o700


def test_nothing_is_made_behind_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "etc").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError, match=str(tmp_path / "etc")):
        folders.make(tmp_path / "etc" / "caddy")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_is_not_taken_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "etc").touch()
    with pytest.raises(FileExistsError, match=str(tmp_path / "etc")):
        folders.make(tmp_path / "etc")
