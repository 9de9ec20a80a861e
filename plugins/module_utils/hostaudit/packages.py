"""Debian packages unpacked beside the system instead of installed into it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# testssl wants hexdump, which small installations lack.
PACKAGES = ("lynis", "testssl.sh", "bsdextrautils")
TIMEOUT_S = 120


class UnpackError(Exception):
    """The packages could not be fetched; the message is what apt said."""


def unpack(folder: Path) -> Path:
    """Fetch the packages by apt, which checks their signatures, and return the folder that holds their files."""
    root = folder / "root"
    root.mkdir()
    try:
        run(["apt-get", "download", "--quiet=2", *PACKAGES], folder)
        for archive in sorted(folder.glob("*.deb")):
            run(["dpkg-deb", "--extract", str(archive), str(root)], folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise UnpackError(str(getattr(error, "stderr", "") or error).strip()) from error
    return root


def run(command: list[str], folder: Path, timeout_s: float = TIMEOUT_S, path: str = "") -> str:
    """Run a program in `folder` and return what it prints.

    Raises:
        subprocess.CalledProcessError: it failed.
        subprocess.TimeoutExpired: it took longer than `timeout_s`.
    """
    environment = {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"],
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        timeout=timeout_s,
    )
    return done.stdout
