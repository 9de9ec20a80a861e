"""Which folders a Dockerfile copies, and where to: mounted over their copies, changes show without a build."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass
from pathlib import Path

# A folder is worth mounting when people edit what is in it; wheels and other packed things are not.
EDITED = ("*.py", "*.html", "*.css", "*.js")


@dataclass(frozen=True)
class Mount:
    """A folder of this machine, read-only over its copy in the container."""

    source: Path
    target: str


def mounts(dockerfile: str, context: Path) -> list[Mount]:
    """Return the mounts for the folders that the Dockerfile copies from its context.

    Args:
        dockerfile: the file's text. `COPY --from` copies from elsewhere and is left out; so are variables in paths.
        context: the folder that the build copies from.
    """
    found: dict[str, Mount] = {}
    folder = "/"
    for instruction, words in _instructions(dockerfile):
        if instruction == "FROM":
            folder = "/"
        elif instruction == "WORKDIR" and words:
            folder = posixpath.join(folder, words[0])
        elif instruction in ("COPY", "ADD"):
            for mount in _copied(words, folder, context):
                found[mount.target] = mount
    return list(found.values())


def _copied(words: list[str], folder: str, context: Path) -> list[Mount]:
    if any(word.startswith("--from") for word in words):
        return []
    paths = [word for word in words if not word.startswith("--")]
    if len(paths) < 2 or any("$" in path for path in paths):  # noqa: PLR2004 - a source and a target
        return []
    target = posixpath.normpath(posixpath.join(folder, paths[-1]))
    # Docker copies a folder's content, so with several sources they would be mounted over each other.
    sources = [context / path.lstrip("/") for path in paths[:-1]]
    if len(sources) > 1 or not sources[0].is_dir() or target == "/" or not _edited(sources[0]):
        return []
    return [Mount(sources[0].resolve(), target)]


def _edited(folder: Path) -> bool:
    return any(next(folder.rglob(pattern), None) for pattern in EDITED)


def _instructions(dockerfile: str) -> list[tuple[str, list[str]]]:
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    logical = "\n".join(lines).replace("\\\n", " ").splitlines()
    split = [line.split(None, 1) for line in logical if line.strip()]
    return [(parts[0].upper(), _words(parts[1]) if len(parts) > 1 else []) for parts in split]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text.replace("[", " ").replace("]", " ").replace(",", " ")) if "[" in text else text.split()
    except ValueError:
        return []
