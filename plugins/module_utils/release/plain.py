"""Text of others, fit for a terminal: an app's log, an image's label, a command's output may hold escape sequences."""

from __future__ import annotations

import re
from collections.abc import Mapping

# C0 but tab and line feed, DEL, C1; what turns the direction of writing (UAX 9), line ends of Unicode, surrogates.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    r"""Return the text with every control character written out (`\x1b`); letters of any script stay as they are."""
    return CONTROLS.sub(_written, text)


def plain_line(text: str) -> str:
    """Return the same on one line: tabs and line ends are written out too."""
    return plain(text).replace("\t", "\\t").replace("\n", "\\n")


def plain_tree(value: object) -> object:
    """Return lists and mappings with every text in them, keys too, made plain; numbers and the like stay."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {plain_tree(key): plain_tree(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_tree(each) for each in value]
    return value


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - as Python writes them
