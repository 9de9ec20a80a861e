"""The collection as others get it: built from what git tracks, and installed into a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GALAXY = str(Path(sys.executable).with_name("ansible-galaxy"))


def checkout(folder: Path) -> Path:
    """Copy what git tracks, or would with `git add`, to `folder`, which must not exist; return it."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listing.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return folder


def build(checkout: Path, folder: Path) -> Path:
    """Build the collection of a checkout into `folder` and return the archive."""
    _galaxy(["build", "--output-path", str(folder), str(checkout)], folder)
    [archive] = folder.glob("slipway-kit-*.tar.gz")
    return archive


def install(archive: Path, folder: Path) -> Path:
    """Install the archive into `folder`, without any network, and return the folder."""
    _galaxy(["install", "--offline", "--collections-path", str(folder), str(archive)], folder)
    return folder


def others_environment(folder: Path) -> dict[str, str]:
    """Return an environment without any setting of ours, in which Ansible knows the collections below `folder`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON"))}
    empty = folder / "empty.cfg"
    empty.touch()
    return {
        **kept,
        "ANSIBLE_CONFIG": str(empty),
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }


def _galaxy(words: list[str], folder: Path) -> None:
    done = subprocess.run(
        [GALAXY, "collection", *words],
        cwd=folder,
        env=others_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
