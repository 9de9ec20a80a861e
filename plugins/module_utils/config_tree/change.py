"""The change itself, in the order in which an interruption can do no harm."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils import folders

from .files import File, read, remove, write

# Left in the folder from the first replaced file until the activation has succeeded.
MARKER = ".activation-pending"


class RefusedError(Exception):
    """The validating or the activating program said no; the host has its former files."""


@dataclass(frozen=True)
class Tree:
    """What is wanted: `files` are texts by path below `dest`, `mode` is numeric; see the module for the rest."""

    dest: str
    files: dict[str, str]
    mode: int = 0o644
    prune: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    validate: list[str] = field(default_factory=list)
    activate: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What was (or in check mode: would be) done; `diff` is in Ansible's form, one entry per file."""

    changed: bool
    files: list[str]
    activated: bool
    diff: list[dict[str, str]]


def bring_about(tree: Tree, *, check: bool = False) -> Outcome:
    """Make the folder what `tree` says, or only say what would change; one at a time.

    Raises:
        RefusedError: with the words of the program that refused, and the state that the host is in.
    """
    with _alone(Path(tree.dest)):
        return _bring_about(tree, check=check)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes the folder: each validates beside the files that the others have put there."""
    if not folder.is_dir():
        yield
        return
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _bring_about(tree: Tree, *, check: bool) -> Outcome:
    folder = Path(tree.dest)
    wanted = {name: File(text.encode(), tree.mode) for name, text in tree.files.items()}
    former = read(folder, set(wanted) | _matching(tree.dest, tree.prune))
    changes = {name: wanted.get(name) for name in former if former[name] != wanted.get(name)}
    pending = (folder / MARKER).exists()
    if not changes and not pending:
        return Outcome(changed=False, files=[], activated=False, diff=[])
    # On a host that has none of the files yet, a check runs before the validating program is installed.
    if changes and not (check and not any(former[name] for name in wanted)):
        _validate(wanted, tree)
    outcome = Outcome(
        changed=True,
        files=sorted(changes),
        activated=bool(tree.activate),
        diff=[_diff(folder / name, former[name], changes[name]) for name in sorted(changes)],
    )
    if not check:
        _replace(folder, changes, former, tree.activate)
    return outcome


def _matching(dest: str, patterns: list[str]) -> set[str]:
    folder = Path(dest)
    return {str(path.relative_to(folder)) for pattern in patterns for path in folder.glob(pattern) if path.is_file()}


def _validate(wanted: dict[str, File], tree: Tree) -> None:
    if not tree.validate:
        return
    with tempfile.TemporaryDirectory(prefix="config-tree-") as staged:
        Path(staged).chmod(0o755)  # the validator may run as another user
        beside = {name: file for name, file in read(Path(tree.dest), _matching(tree.dest, tree.beside)).items() if file}
        for name, file in {**beside, **wanted}.items():
            write(Path(staged) / name, file)
        command = [word.replace("{tree}", staged) for word in tree.validate]
        done = subprocess.run(command, cwd=staged, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            said = (done.stderr + done.stdout).replace(staged, tree.dest).strip()
            raise RefusedError(
                f"{tree.dest} was left as it was: `{' '.join(tree.validate)}` refuses the new files.\n{said}"
            )


def _replace(
    folder: Path, changes: dict[str, File | None], former: dict[str, File | None], activate: list[str]
) -> None:
    folders.make(folder)
    marker = folder / MARKER
    if activate:
        marker.touch()
    _put(folder, changes)
    if activate:
        refusal = _run(activate, folder)
        if refusal is not None:
            _put(folder, {name: former[name] for name in changes})
            marker.unlink()
            raise RefusedError(f"{folder} has its former files again: `{' '.join(activate)}` failed.\n{refusal}")
        marker.unlink()


def _run(command: list[str], folder: str | Path) -> str | None:
    """Return what a failing command said, None where it succeeded."""
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stderr + done.stdout).strip()


def _put(folder: Path, files: dict[str, File | None]) -> None:
    for name, file in files.items():
        if file is None:
            remove(folder / name)
        else:
            write(folder / name, file)


def _diff(path: Path, before: File | None, after: File | None) -> dict[str, str]:
    return {
        "before_header": f"{path} ({before.mode:04o})" if before else f"{path} (absent)",
        "after_header": f"{path} ({after.mode:04o})" if after else f"{path} (absent)",
        "before": before.data.decode(errors="replace") if before else "",
        "after": after.data.decode(errors="replace") if after else "",
    }
