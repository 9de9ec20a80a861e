"""The template: the kit's own, and the one that a project carries along, which is what its next update starts from.

An update compares three things: what the old template made, what the new one makes, and what people made of it since.
A project has the old template in `.slipway/template.tar.gz`: everybody who has the project and a kit can update it,
without a network and wherever the kit came from.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from slipway.places import KIT

FOLDER = KIT / "template"
CARRIED = Path(".slipway", "template.tar.gz")
ANSWERS = ".copier-answers.yml"
# The answers as Copier reads them for an update, with the place of the templates; Git does not see the file.
FOR_UPDATE = Path(".slipway", "update.yml")
OLD, NEW = "v1", "v2"
LEFT_OUT = frozenset(
    {
        *("__pycache__", ".venv", ".local", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
        *("node_modules", "dist", "test-results"),
    }
)

Files = Mapping[str, bytes]


def own() -> dict[str, bytes]:
    """Return the content of the kit's template by path."""
    paths = (path for path in sorted(FOLDER.rglob("*")) if path.is_file())
    found = {path.relative_to(FOLDER): path for path in paths}
    return {name.as_posix(): path.read_bytes() for name, path in found.items() if not LEFT_OUT & set(name.parts)}


def pack(files: Files) -> bytes:
    """Return an archive of a template: the same bytes for the same content."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as tar,
    ):
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """Return the content of a template's archive by path; only what is a file counts.

    Raises:
        OSError, tarfile.TarError, EOFError: it is not an archive.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        members = [member for member in tar if member.isfile()]
        return {member.name: opened.read() for member in members if (opened := tar.extractfile(member))}


def write(files: Files, folder: Path) -> None:
    """Write a template below a folder; a path that leads out of it is left out."""
    for name, content in files.items():
        path = folder / name
        if ".." in path.parts or Path(name).is_absolute():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def repository(old: Files, new: Files, folder: Path) -> None:
    """Make a Git repository with the two as versions, as Copier wants them."""
    folder.mkdir()
    _git(folder, "init", "--quiet")
    for tag, files in ((OLD, old), (NEW, new)):
        for path in folder.iterdir():
            if path.name != ".git":
                _git(folder, "rm", "-r", "--quiet", path.name)
        write(files, folder)
        _git(folder, "add", "--all", "--force")
        _git(folder, "commit", "--quiet", "--allow-empty", "--message", tag)
        _git(folder, "tag", tag)


def _git(folder: Path, *words: str) -> None:
    nobody = ["-c", "user.name=slipway", "-c", "user.email=slipway@localhost", "-c", "commit.gpgsign=false"]
    settings = [*nobody, "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", "-c", "tag.gpgsign=false"]
    subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True)
