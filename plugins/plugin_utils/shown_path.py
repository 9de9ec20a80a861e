"""Paths as they can be printed and typed, whatever bytes their names have."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def shown_path(path: Path) -> str:
    r"""Return a path relative to the working directory where it is below it; bytes that are not UTF-8 as `\xfc`."""
    return os.fsencode(_near(path)).decode("utf-8", "backslashreplace")


def quoted(path: Path) -> str:
    """Return the same for a shell: Bash, where such bytes are in it."""
    near = _near(path)
    try:
        return shlex.quote(os.fsencode(near).decode())
    except UnicodeDecodeError:
        escaped = os.fsencode(str(near).replace("\\", "\\\\").replace("'", "\\'"))
        return f"$'{escaped.decode('utf-8', 'backslashreplace')}'"


def _near(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
