"""What a host registers apps under: one project for a colleague's clone and a pipeline's, another one for others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.project import address, of_folder, project_id

SHOP = "gitlab.example.com/group/shop"


@pytest.mark.parametrize(
    "remote",
    [
        "git@gitlab.example.com:group/shop.git",
        "gitlab.example.com:group/shop",
        "ssh://git@gitlab.example.com:2222/group/shop.git",
        "https://GitLab.example.com/group/shop.git",
        "https://gitlab-ci-token:secret@gitlab.example.com/group/shop.git/",
        "https://gitlab.example.com:8443/group/shop",
    ],
)
def test_each_spelling_of_a_remote_is_one_project(remote: str) -> None:
    assert address(remote) == SHOP


@pytest.mark.parametrize("remote", ["/srv/git/shop", "../shop"])
def test_a_path_stays_a_path(remote: str) -> None:
    assert address(f"{remote}.git") == remote


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def test_two_projects_of_one_repository_are_two(tmp_path: Path) -> None:
    git(tmp_path, "init")
    git(tmp_path, "remote", "add", "origin", "git@gitlab.example.com:group/shop.git")
    (tmp_path / "one").mkdir()
    assert (of_folder(tmp_path), of_folder(tmp_path / "one")) == (SHOP, f"{SHOP}/one")


def test_a_folder_without_a_remote_goes_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert of_folder(tmp_path / "shop") == "shop"


def test_what_the_inventory_says_counts(tmp_path: Path) -> None:
    sources = [str(tmp_path / "shop/inventories/production")]
    assert project_id({"ansible_inventory_sources": sources}) == "shop"
    assert project_id({"ansible_inventory_sources": sources, "slipway_project": "mine"}) == "mine"
