"""A clone, its requirements, and Ansible: no `make`, no environment of ours, no setting outside the clone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from slipway.rig import Rig

ROOT = Path(__file__).resolve().parents[2]
PREPARED = True
pytestmark = pytest.mark.rig

APP = """\
slipway_apps:
  - name: shop
    image: registry.test/shop@sha256:{digest}
    domains: [app.test]
    exposure: private
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clone what is committed, and give it an environment with what requirements.txt lists."""
    folder = tmp_path_factory.mktemp("fresh") / "kit"
    uv = str(Path(sys.executable).with_name("uv"))
    for command in (
        ["git", "clone", "-q", str(ROOT), str(folder)],
        [uv, "venv", "-q", "--python", sys.executable, str(folder / "env")],
        # As `pip install -r requirements.txt`, from the cache that the environment of these tests came from.
        [uv, "pip", "install", "-q", "--python", str(folder / "env"), "-r", str(folder / "requirements.txt")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=bare())
        assert done.returncode == 0, done.stderr
    return folder


def bare() -> dict[str, str]:
    """Return this environment without the settings of Ansible and Python."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON"))}
    return {**kept, "UV_LINK_MODE": "hardlink", "ANSIBLE_NOCOLOR": "1"}


def run(clone: Path, program: str, *args: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = [str(clone / "env/bin" / program), *args]
    return subprocess.run(command, cwd=clone, env=bare(), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("playbook", ["playbooks/preflight.yml", "slipway.kit.preflight"])
def test_a_playbook_runs_by_its_path_and_by_its_name(clone: Path, rig: Rig, playbook: str) -> None:
    variables = clone / "app.yml"
    variables.write_text(APP.format(digest="0" * 64))
    done = run(clone, "ansible-playbook", "-i", str(rig.inventory), "-e", f"@{variables}", playbook)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok=2    changed=0" in done.stdout


def test_ansible_documents_what_the_clone_brings(clone: Path) -> None:
    done = run(clone, "ansible-doc", "-t", "module", "slipway.kit.release")
    assert done.returncode == 0, done.stderr
    assert f"{clone}/ansible_collections/slipway/kit/plugins/modules/release.py" in done.stdout
