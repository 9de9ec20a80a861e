"""What the wheel holds: the command, and beside it all that playbooks, roles and the demo use when they run."""

from __future__ import annotations

import re
import tomllib
import zipfile

import pytest

from slipway import __version__
from tests.built_collection import checkout
from tests.built_wheel import build_wheel

from .conftest import ROOT
from .test_collection import LEFT_BEHIND, checkout_files

COLLECTION = "ansible_collections/slipway/kit/"
LARGEST_BYTES = 1_600_000  # twice of what it has today
# What `slipway` uses of the kit when it is installed.
BROUGHT = ("caddy", "cloudflared", "compose", "inventories/demo", "meta", "playbooks", "plugins", "roles", "template")
# A whole project, tests and an inventory included.
TEMPLATE = f"{COLLECTION}template/"
FILES = {"ansible.cfg", "artifacts.yml", "app/.dockerignore", "app/requirements.txt", "app/src/strongbox/serve.py"}


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipInfo]:
    """Build from a used checkout; return each file in the wheel by its name."""
    folder = tmp_path_factory.mktemp("wheel")
    used = checkout(folder / "kit")
    for name in (*LEFT_BEHIND, "app/.venv/bin/python", "app/dist/strongbox", "slipway/__pycache__/cli.cpython-311.pyc"):
        (used / name).parent.mkdir(parents=True, exist_ok=True)
        (used / name).write_text("left behind")
    wheel = build_wheel(used, folder / "wheels")
    assert wheel.name.startswith(f"slipway_kit-{__version__}-py3-")
    assert wheel.stat().st_size < LARGEST_BYTES
    with zipfile.ZipFile(wheel) as packed:
        return {member.filename: member for member in packed.infolist()}


def test_the_wheel_holds_each_tracked_file_of_what_runs(members: dict[str, zipfile.ZipInfo]) -> None:
    expected = {f"{COLLECTION}{name}" for name in checkout_files(*BROUGHT) | FILES} | checkout_files("slipway")
    assert expected - members.keys() == set()


def test_the_wheel_holds_nothing_of_tests_and_of_what_was_left_behind(members: dict[str, zipfile.ZipInfo]) -> None:
    tops = {name.split("/")[0] for name in members}
    assert tops == {"slipway", "ansible_collections", f"slipway_kit-{__version__}.dist-info"}
    parts = {"molecule", "tests", "__pycache__", ".venv", "dist", "build", "production"}
    own = {name for name in members if not name.startswith(TEMPLATE)}
    assert [name for name in own if parts & set(name.split("/")) or name.endswith((".pyc", "vault.yml"))] == []
    left = {"__pycache__", ".venv", ".local", ".pytest_cache"}
    assert [name for name in members if left & set(name.split("/")) or name.endswith((".pyc", "vault.yml"))] == []


def test_the_program_that_opens_vaults_can_be_run(members: dict[str, zipfile.ZipInfo]) -> None:
    assert members["slipway/vault_password.py"].external_attr >> 16 & 0o111 == 0o111


def test_no_document_installs_by_a_bare_name_from_an_index() -> None:
    """The name `slipway` on an index is somebody else's, and what is not pinned by a file or a tag may change."""
    installs = re.compile(
        r"\b(?:pipx?|uv tool|uv pip|uvx)\s+(?:install|run)\s+(?:-\S+\s+)*[\"']?slipway(?:-kit|_kit)?(?![\w./@-])"
    )
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "ci").rglob("*.yml"), ROOT / ".gitlab-ci.yml"]
    assert [str(page.relative_to(ROOT)) for page in pages if installs.search(page.read_text())] == []
    assert installs.search("pip install slipway")
    assert installs.search("pipx install slipway-kit")
    assert not installs.search("pipx install ./slipway_kit-0.1.0-py3-none-any.whl")


def test_every_exact_pin_of_the_wheel_is_the_locks() -> None:
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lock = (ROOT / "requirements.txt").read_text()
    assert [pin for pin in pins if "==" in pin and f"\n{pin} " not in f"\n{lock}"] == []


def test_the_wheels_version_is_the_collections() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "galaxy.yml").read_text()
