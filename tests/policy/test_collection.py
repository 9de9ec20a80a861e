"""What the built collection holds: all that roles and plugins use when they run, and nothing of the workshop."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import yaml

from tests.built_collection import build, checkout

from .conftest import ROLES, ROOT

LARGEST_BYTES = 600_000  # twice of what it has today
TOP_LEVEL = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "artifacts.yml",
    "caddy",
    "cloudflared",
    "compose",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}
# What lies about in a checkout that somebody works in.
LEFT_BEHIND = [
    ".venv/bin/python",
    ".rig/demo/inventory/group_vars/all/vault.yml",
    ".logs/run.log",
    ".cache/x",
    "build/lib/x.py",
    "dist/slipway_kit-0.1.0.tar.gz",
    "inventories/production/group_vars/all/vault.yml",
    "plugins/modules/__pycache__/release.cpython-311.pyc",
    "plugins/modules/old.pyc",
    "slipway.egg-info/PKG-INFO",
    "slipway-kit-0.0.9.tar.gz",
]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Build from a used checkout; return size by name of each file in the archive."""
    folder = tmp_path_factory.mktemp("built")
    used = checkout(folder / "kit")
    for name in LEFT_BEHIND:
        (used / name).parent.mkdir(parents=True, exist_ok=True)
        (used / name).write_text("left behind")
    archive = build(used, folder)
    assert archive.stat().st_size < LARGEST_BYTES
    with tarfile.open(archive) as packed:
        return {member.name: member.size for member in packed.getmembers() if member.isfile()}


def test_the_archive_holds_these_folders_and_files(members: dict[str, int]) -> None:
    assert {name.partition("/")[0] for name in members} == TOP_LEVEL


def test_the_archive_holds_nothing_of_tests_and_of_what_was_left_behind(members: dict[str, int]) -> None:
    parts = {"molecule", "tests", "__pycache__", "inventories", "ansible_collections"}
    stray = [
        name
        for name in members
        if name in LEFT_BEHIND
        or parts & set(name.split("/"))
        or name.rpartition("/")[2].startswith((".", "test_", "conftest"))
        or name.endswith((".pyc", ".pyo", ".pem", ".key", "vault.yml", ".tar.gz"))
    ]
    assert stray == []


def test_the_archive_holds_each_tracked_file_of_what_runs(members: dict[str, int]) -> None:
    kept = checkout_files("artifacts.yml", "caddy", "cloudflared", "compose", "meta", "playbooks", "plugins", "roles")
    assert kept - members.keys() == set()
    assert {f"roles/{role.name}/tasks/main.yml" for role in ROLES} <= members.keys()


def checkout_files(*tops: str) -> set[str]:
    """Return the files below some folders of this checkout that are part of the collection."""
    paths = (path for top in tops for path in [ROOT / top, *(ROOT / top).rglob("*")] if path.is_file())
    names = {str(path.relative_to(ROOT)) for path in paths if "__pycache__" not in path.parts}
    return {name for name in names if not name.startswith("roles/") or name.split("/")[2] != "molecule"}


def test_each_collection_that_is_called_is_declared() -> None:
    declared = set(yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"])
    own = {"ansible.builtin", "ansible.legacy", "slipway.kit"}
    called = {name for path in sorted((ROOT / "roles").glob("*/*/*.yml")) for name in collections_of(path)}
    assert called - own == declared


def collections_of(path: Path) -> set[str]:
    """Return the collections whose modules and filters a file of a role calls."""
    known = ("ansible.builtin", "ansible.legacy", "ansible.posix", "ansible.utils", "slipway.kit")
    text = path.read_text()
    community = {f"community.{word.partition('.')[0]}" for word in text.split("community.")[1:]}
    return community | {name for name in known if f"{name}." in text}
