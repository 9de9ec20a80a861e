"""Packages of npm for an app's image, fetched here because a build container may reach no registry.

They lie in `npmhouse/` as tarballs, with a package-lock.json that names each by path and hash: `npm ci --offline` asks
nobody, whatever registry either machine is set up for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from . import node
from .context import NPMHOUSE
from .errors import ShippingError
from .wheels import cache_folder

MANIFEST, LOCK = "package.json", "package-lock.json"
# What `debian:13-slim` is, and the wheels beside it.
PLATFORM = ("--os=linux", "--cpu=x64", "--libc=glibc")
SHA512 = re.compile(r"\bsha512-([A-Za-z0-9+/]{86}==)")
TAIL_LINES = 5


def npmhouse(folder: Path) -> tuple[Path, ...]:
    """Return the tarballs that a package-lock.json names for Linux, and a lock that finds them; none without a lock.

    They are fetched once per content of that file, each with its hash checked.

    Raises:
        ShippingError: npm is not here, a package is not available, or its hash is missing or wrong.
    """
    lock = folder / LOCK
    if not lock.is_file():
        return ()
    key = hashlib.sha256(b"\0".join([lock.read_bytes(), *(word.encode() for word in PLATFORM)])).hexdigest()
    house = cache_folder("npm") / key[:16]
    if not (house / ".complete").exists():
        house.mkdir(exist_ok=True)
        _fill(folder, house)
        (house / ".complete").touch()
    return tuple(sorted([*house.glob("*.tgz"), house / LOCK]))


def _fill(folder: Path, house: Path) -> None:
    content = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="slipway-npm-") as scratch:
        _install(folder, Path(scratch))
        for name, package in content["packages"].items():
            if name and (digest := _digest(package, folder / LOCK)):
                _take(package, digest, Path(scratch, "cache"), house)
    (house / LOCK).write_text(json.dumps(content, indent=2), encoding="utf-8")


def _install(folder: Path, scratch: Path) -> None:
    """Let npm fetch and check all of it into a cache of its own."""
    for name in (MANIFEST, LOCK):
        (scratch / name).write_bytes((folder / name).read_bytes())
    asked = ["ci", "--cache", str(scratch / "cache"), "--ignore-scripts", "--no-audit", "--no-fund", *PLATFORM]
    done = subprocess.run([*node.npm(folder), *asked], cwd=scratch, capture_output=True, text=True, check=False)
    if done.returncode:
        told = "\n  ".join(done.stderr.strip().splitlines()[:TAIL_LINES])
        raise ShippingError(
            f"The packages of {folder / LOCK} could not be fetched:\n  {told}\n"
            "Next: check that this machine reaches npm's registry; run `npm install` after a change of package.json."
        )


def _digest(package: dict[str, Any], lock: Path) -> str:
    """Return the SHA-512 of a package's tarball in hexadecimal digits; empty for what is not fetched."""
    if package.get("link") or package.get("inBundle"):
        return ""
    found = SHA512.search(str(package.get("integrity", "")))
    if not found:
        raise ShippingError(
            f"{lock}: a package has no SHA-512: {package.get('version', '')} {package.get('resolved', '')}\n"
            "Next: rm package-lock.json && npm install   # in that folder; packages of Git or folders have none"
        )
    return base64.b64decode(found[1]).hex()


def _take(package: dict[str, Any], digest: str, cache: Path, house: Path) -> None:
    """Copy a tarball out of npm's cache, which keeps each by its hash; packages of other systems are not there."""
    kept = cache / "_cacache/content-v2/sha512" / digest[:2] / digest[2:4] / digest[4:]
    if kept.is_file():
        name = f"{digest[:32]}.tgz"
        (house / name).write_bytes(kept.read_bytes())
        package["resolved"] = f"file:{NPMHOUSE}/{name}"
