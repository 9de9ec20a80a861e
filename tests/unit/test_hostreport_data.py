"""An app's data folder is measured whatever lies in it, and the doctor compares it with what is declared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor import apps
from ansible_collections.slipway.kit.plugins.module_utils.hostreport import data
from ansible_collections.slipway.kit.plugins.module_utils.release.files import remove_tree

MIB = 2**20


def filled(path: Path, size: int) -> Path:
    path.write_bytes(b"x" * size)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    (made / "below").mkdir(parents=True)
    return made


def test_what_lies_below_is_counted_once_however_many_names_it_has(folder: Path) -> None:
    first = filled(folder / "first", MIB)
    (folder / "below" / "again").hardlink_to(first)
    filled(folder / "below" / "second", MIB)
    found = data.measure(str(folder))
    assert found["complete"]
    assert 2 * MIB <= int(str(found["bytes"])) < 3 * MIB


def test_no_link_is_followed_and_nothing_is_opened_but_folders(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    filled(outside / "large", 4 * MIB)
    (folder / "link").symlink_to(outside)
    (folder / "file").symlink_to(outside / "large")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "fifo")
    found = data.measure(str(folder))
    assert int(str(found["bytes"])) < MIB
    (tmp_path / "linked").symlink_to(outside)
    assert data.measure(str(tmp_path / "linked")) == {"bytes": 0, "complete": False}


def test_a_folder_that_becomes_a_link_meanwhile_is_not_entered(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "large", 4 * MIB)
    real = os.open

    def swapped(path: str, flags: int, **given: int) -> int:
        if path == "below" and given:
            (folder / "below").rmdir()
            (folder / "below").symlink_to(tmp_path)
        return real(path, flags, **given)

    monkeypatch.setattr(os, "open", swapped)
    assert int(str(data.measure(str(folder))["bytes"])) < MIB


@pytest.mark.parametrize(("name", "value"), [("MOST_ENTRIES", 3), ("LONGEST_S", -1.0), ("DEEPEST", 2)])
def test_the_count_ends_in_any_case(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: float) -> None:
    (folder / "below" / "deeper" / "deepest").mkdir(parents=True)
    for number in range(3):
        (folder / str(number)).touch()
    monkeypatch.setattr(data, name, value)
    assert data.measure(str(folder))["complete"] is False


def test_a_thousand_folders_in_one_another_take_no_thousand_descriptors(folder: Path) -> None:
    at = os.open(folder, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=at)
        at, above = os.open("d", os.O_RDONLY, dir_fd=at), at
        os.close(above)
    os.close(at)
    assert data.measure(str(folder))["complete"] is False
    # pytest's own tidying recurses, and would give up at the end of a later run.
    remove_tree(folder)


def test_no_folder_yet_is_no_data(tmp_path: Path) -> None:
    assert data.measure(str(tmp_path / "none")) == {"bytes": 0, "complete": True}


SHOP = {"name": "shop", "data_dir": "/d", "data_limit_mib": 10}


@pytest.mark.parametrize(
    ("app", "measured", "codes"),
    [
        (SHOP, {"bytes": 10 * MIB, "complete": True}, []),
        (SHOP, {"bytes": 10 * MIB + 1, "complete": True}, ["DATA_LARGE"]),
        (SHOP, {"bytes": 11 * MIB, "complete": False}, ["DATA_LARGE"]),
        (SHOP, {"bytes": 0, "complete": False}, ["DATA_UNKNOWN"]),
        ({**SHOP, "data_limit_mib": None}, None, []),
    ],
)
def test_the_doctor_tells_of_data_beyond_its_limit(
    app: dict[str, object], measured: dict[str, object] | None, codes: list[str]
) -> None:
    found = apps.data("web1", [app], {"/d": measured} if measured else {})
    assert [one.code for one in found] == codes
    for one in found:
        assert one.severity == "warning"
        assert "App shop" in one.what
        assert "data_limit_mib" in one.what + one.where + one.command
