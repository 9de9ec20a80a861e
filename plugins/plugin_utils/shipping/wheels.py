"""Wheels for the app's image, fetched here because a build container may reach no package index."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from .errors import ShippingError

REQUIREMENTS = "requirements.txt"
# Debian 13's Python and C library: what `debian:13-slim` gives an image.
PYTHON = "3.13"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_34_x86_64")


def cache_folder(kind: str) -> Path:
    """Return a folder of Slipway's cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "slipway" / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def wheelhouse(folder: Path) -> tuple[Path, ...]:
    """Return exactly the wheels that an app's requirements.txt names; none where it has no such file.

    They are fetched once a content of that file, with every hash in it checked.

    Raises:
        ShippingError: a wheel isn't available, or a hash is missing or wrong.
    """
    requirements = folder / REQUIREMENTS
    if not requirements.is_file():
        return ()
    content = requirements.read_bytes()
    if not re.search(rb"^[A-Za-z0-9]", content, re.MULTILINE):
        return ()
    key = hashlib.sha256(b"\0".join([content, PYTHON.encode(), *(name.encode() for name in PLATFORMS)])).hexdigest()
    house = cache_folder("wheels") / key[:16]
    if not (house / ".complete").exists():
        _fetch(requirements, house)
        (house / ".complete").touch()
    return tuple(sorted(house.glob("*.whl")))


def _fetch(requirements: Path, house: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--python-version", PYTHON]
    command += [part for name in PLATFORMS for part in ("--platform", name)]
    command += ["--requirement", str(requirements), "--dest", str(house)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = "\n  ".join(done.stderr.strip().splitlines()[-5:])
        raise ShippingError(
            f"The wheels of {requirements} could not be fetched:\n  {told}\n"
            "Next: check that this machine reaches a package index, and that every line is pinned with --hash."
        )
