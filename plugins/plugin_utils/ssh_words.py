"""Paths as OpenSSH takes them in its options: it splits at spaces and knows quotes, escapes and `%` (ssh_config(5))."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

PLAIN = re.compile(r"[\w./~@:+,-]+", re.ASCII)
OPTION = "userknownhostsfile="
# Cannot be written between the double quotes of an inventory's own `"{{ inventory_dir }}/known_hosts"`.
UNQUOTABLE = frozenset("\"'\\%$")


def ssh_path(path: Path | str) -> str:
    """Return a path for the value of an option of SSH that takes files."""
    text = str(path)
    if PLAIN.fullmatch(text):
        return text
    escaped = re.sub(r'[\\"]', r"\\\g<0>", text).replace("%", "%%")
    return f'"{escaped}"'


def pinned_file(arguments: str) -> str:
    """Return the file of host keys that SSH's arguments name; empty where they name none, or cannot be read.

    Args:
        arguments: the text of `ansible_ssh_common_args`, templates resolved.
    """
    try:
        words = shlex.split(arguments)
    except ValueError:
        return ""
    for word in words:
        option = word.removeprefix("-o").strip()
        if option.lower().startswith(OPTION):
            files = option[len(OPTION) :]
            # Several are told apart by spaces; the first is where new keys go.
            first = re.sub(r"\\(.)", r"\1", files.strip('"')) if files.startswith('"') else files.partition(" ")[0]
            return first.replace("%%", "%")
    return ""
