"""Which project an inventory belongs to: what a host registers the project's apps under."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .kit import project_of

GIT_TIMEOUT_S = 10
# git@host:group/name.git, ssh://git@host:22/group/name.git, https://token:secret@host/group/name.git
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
LOGIN = re.compile(r"[^/@]*@")
PORT = re.compile(r"([^/:]+):[0-9]+(?=/|$)")
SHORT = re.compile(r"([^/:]+):(?!//)")


def project_id(variables: Mapping[str, object]) -> str:
    """Return the project of a play: `slipway_project` where the inventory says it, else what Git calls the folder.

    That is the address of `origin` without login, and the way from there to the folder that has `inventories/`; so a
    colleague's clone and a pipeline's are the same project. A folder without `origin` goes by its own name.

    Args:
        variables: a task's, with `ansible_inventory_sources`; `slipway_project` templated.
    """
    named = str(variables.get("slipway_project") or "")
    return named or of_folder(project_of(variables))


@functools.cache
def of_folder(folder: Path) -> str:
    """Return what Git calls a folder: the address of `origin`, and the way from the repository's root to it."""
    remote = _git(folder, "config", "--get", "remote.origin.url")
    if not remote:
        return folder.name or "unnamed"
    below = _git(folder, "rev-parse", "--show-prefix").strip("/")
    return "/".join(filter(None, [address(remote), below]))


def address(remote: str) -> str:
    """Return the address of a repository without scheme, login, port and ending: `git.example.com/group/name`."""
    text = remote.strip().rstrip("/").removesuffix(".git")
    schemed = SCHEME.match(text)
    if schemed:
        text = LOGIN.sub("", text[schemed.end() :], count=1) if "@" in text.split("/")[2] else text[schemed.end() :]
        text = PORT.sub(r"\1", text, count=1)
    elif not text.startswith(("/", ".")):
        text = SHORT.sub(r"\1/", LOGIN.sub("", text, count=1), count=1)
    host, slash, rest = text.partition("/")
    return f"{host.lower()}{slash}{rest}"


def _git(folder: Path, *words: str) -> str:
    # The folder may belong to somebody else, as a pipeline's does; nothing in it is run by these.
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
