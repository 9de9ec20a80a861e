"""Where a value of the inventory stands, and how it is written there: Ansible tags what it reads with its origin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

try:
    from ansible._internal._datatag._tags import Origin  # there is not a public name for it
except ImportError:  # of another version of Ansible: places are then those of the whole variable
    Origin = None

COMMENT = re.compile(r"\s+#.*$")


def place_of(*values: object) -> str:
    """Return `file:line` of the first value that has an origin, relative to this folder if below it; '' if none."""
    for value in values:
        origin = _origin(value)
        if origin is not None and origin.path and origin.line_num:
            path = Path(origin.path)
            shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
            return f"{shown}:{origin.line_num}"
    return ""


def written(key: object) -> str:
    """Return the text behind a key of a mapping as it stands in its file, on the key's own line; '' where not known."""
    origin = _origin(key)
    if origin is None or not origin.path or not origin.line_num:
        return ""
    try:
        line = Path(origin.path).read_text(encoding="utf-8").splitlines()[origin.line_num - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
    found = re.search(
        rf"[\"']?{re.escape(str(key))}[\"']?\s*:\s+(?P<rest>.*)$", line[max(0, (origin.col_num or 1) - 1) :]
    )
    rest = COMMENT.sub("", found["rest"]).strip() if found else ""
    # In braces the next key follows on the same line.
    return rest if rest[:1] in "\"'" else re.split(r",\s|\}", rest, maxsplit=1)[0].strip()


def _origin(value: object) -> Any:
    return None if Origin is None else Origin.get_tag(value)
