"""Root follows nothing that another user may have put where its folder or another's file is expected."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import files
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import PathError

OWN = os.getuid()


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(str(path))


def link(path: Path) -> None:
    path.symlink_to(path.parent / "victim")


SHAPES: dict[str, Callable[[Path], None]] = {
    "link": link,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "file": Path.touch,
    "fifo": os.mkfifo,
    "socket": bound,
}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    folder = tmp_path / "victim"
    folder.mkdir(mode=0o751)
    (folder / "file").write_text("root's")
    return folder


@pytest.mark.parametrize("shape", SHAPES)
def test_a_folder_is_made_of_nothing_else_that_is_there(tmp_path: Path, victim: Path, shape: str) -> None:
    SHAPES[shape](tmp_path / "state")
    before = (tmp_path / "state").lstat()
    with pytest.raises(PathError) as refused:
        files.folder(tmp_path / "state", mode=0o700, owner=OWN)
    assert f"{tmp_path}/state is {'a link' if 'link' in shape else 'not a folder'}" in str(refused.value)
    assert f"`ls -ld {tmp_path}/state`" in str(refused.value)
    assert (tmp_path / "state").lstat() == before
    assert victim.stat().st_mode & 0o7777 == 0o751


def test_a_folder_gets_its_mode_whatever_it_had(tmp_path: Path) -> None:
    assert files.folder(tmp_path / "a" / "b", mode=0o711, owner=OWN)
    assert not files.folder(tmp_path / "a" / "b", mode=0o711, owner=OWN)
    (tmp_path / "a" / "b").chmod(0o777)
    assert files.folder(tmp_path / "a" / "b", mode=0o711, owner=OWN)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o7777 == 0o711


@pytest.mark.parametrize("shape", [*(each for each in SHAPES if each != "file"), "folder"])
def test_a_file_of_another_user_is_read_only_when_it_is_one(tmp_path: Path, victim: Path, shape: str) -> None:
    log = tmp_path / "log"
    if shape == "link":
        log.symlink_to(victim / "file")
    else:
        SHAPES.get(shape, Path.mkdir)(log)
    with pytest.raises(OSError, match=str(log)):
        files.open_of_others(log)


def deep(tree: Path, levels: int) -> None:
    """Make a folder with so many in one another, each with a file."""
    tree.mkdir()
    inner = os.open(tree, os.O_RDONLY)
    for _ in range(levels):
        os.close(os.open("file", os.O_CREAT, dir_fd=inner))
        os.mkdir("d", dir_fd=inner)
        deeper = os.open("d", os.O_RDONLY, dir_fd=inner)
        os.close(inner)
        inner = deeper
    os.close(inner)


def test_a_tree_goes_however_deep_it_is_and_what_it_links_to_stays(tmp_path: Path, victim: Path) -> None:
    tree = tmp_path / "tree"
    deep(tree, 3000)
    (tree / "out").symlink_to(victim)
    (tree / "d" / "link").symlink_to(victim / "file")
    os.mkfifo(tree / "d" / "fifo")
    files.remove_tree(tree)
    assert not tree.exists()
    assert (victim / "file").read_text() == "root's"
    files.remove_tree(tree)


def test_a_removal_that_was_ended_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that makes folders for minutes must not block its next deploys for ever."""
    tree = tmp_path / "tree"
    deep(tree, 100)
    looks = iter(range(10_000))
    monkeypatch.setattr(time, "monotonic", lambda: next(looks))
    monkeypatch.setattr(files, "REMOVAL_TIMEOUT_S", 50)
    for _ in range(20):
        with contextlib.suppress(PathError):
            files.remove_tree(tree)
    assert not tree.exists()


def test_a_link_in_place_of_a_tree_goes_alone(tmp_path: Path, victim: Path) -> None:
    link(tmp_path / "tree")
    files.remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").is_symlink()
    assert (victim / "file").exists()
