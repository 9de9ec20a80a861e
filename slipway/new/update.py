"""The steps of `slipway update`: a three-way merge of the old template, the new one, and the project."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, RefusalError
from slipway import __version__
from slipway.new import template
from slipway.new.run import carry

DONE = 0
# Where a merge of lines would make nonsense: replaced where nobody touched it, else left alone.
LOCKS = ("*/requirements.txt", "backend/requirements/*.txt", "frontend/package-lock.json")


def run(start: Path, files: template.Files, say: Callable[[str], None] = print) -> int:
    """Take the project at or above a folder to a template; returns 1 where there are conflicts to solve.

    Args:
        start: a folder of the project.
        files: the new template.
        say: prints.

    Raises:
        RefusalError: there is no project, or it has changes that are not committed. Nothing is written then.
    """
    project = _project(start)
    old = _carried(project)
    if old == files:
        say(f"{project} is made from the template of this kit, {__version__}; nothing to do.")
        return DONE
    _refuse_changes(project)
    _merge(project, old, files)
    kept = _take_locks(project, old, files)
    carry(files, project)
    conflicts = _git(project, "diff", "--name-only", "--diff-filter=U").splitlines()
    say(f"Took {project} to the template of kit {__version__}. `git diff` shows what changed; commit it.")
    if kept:
        say(f"Kept, because somebody changed them: {', '.join(kept)}. `make lock` makes them again from their *.in.")
    if conflicts:
        say("Both sides changed the same lines, marked <<<<<<< and >>>>>>> in:")
        say("\n".join(f"  {name}" for name in conflicts))
    return FAILED if conflicts else DONE


def _project(start: Path) -> Path:
    start = start.expanduser().absolute()
    for folder in (start, *start.parents):
        if (folder / template.ANSWERS).is_file():
            return folder
    raise RefusalError(
        "there is no project that `slipway new` made", str(start), "this folder and those above it", "cd to the project"
    )


def _carried(project: Path) -> dict[str, bytes]:
    archive = project / template.CARRIED
    try:
        return template.unpack(archive.read_bytes())
    except (OSError, tarfile.TarError, EOFError) as error:
        raise RefusalError(
            "the template that this project was made from can't be read",
            str(error),
            str(archive),
            f"git -C {project} log -- {template.CARRIED}   # and bring it back",
        ) from error


def _refuse_changes(project: Path) -> None:
    found = subprocess.run(
        ["git", "-C", str(project), "status", "--porcelain"], check=False, capture_output=True, text=True
    )
    if found.returncode or found.stdout:
        changed = found.stdout.splitlines() or [found.stderr.strip()]
        raise RefusalError(
            "an update merges into what is committed, and not everything is",
            ", ".join(line.strip() for line in changed[:5]),
            str(project),
            "git add --all && git commit   # or git stash",
        )
    if not _git(project, "rev-parse", "--verify", "--quiet", "HEAD"):
        raise RefusalError("nothing is committed yet", str(project), "git log", "git add --all && git commit")


def _merge(project: Path, old: template.Files, new: template.Files) -> None:
    from copier import run_update  # noqa: PLC0415 - it takes half a second, and no other verb needs it

    answers = yaml.safe_load((project / template.ANSWERS).read_text(encoding="utf-8"))
    for_update = project / template.FOR_UPDATE
    with tempfile.TemporaryDirectory(prefix="slipway-update-") as scratch:
        versions = Path(scratch, "template")
        template.repository(old, new, versions)
        for_update.write_text(yaml.safe_dump({**answers, "_src_path": str(versions), "_commit": template.OLD}))
        try:
            run_update(
                project,
                data={"kit": __version__},
                answers_file=str(template.FOR_UPDATE),
                vcs_ref=template.NEW,
                defaults=True,
                overwrite=True,
                quiet=True,
            )
        finally:
            for_update.unlink()


def _take_locks(project: Path, old: template.Files, new: template.Files) -> list[str]:
    """Replace lists that nobody touched; returns those that somebody did and the template changed."""
    kept = []
    below = "project/"
    for pattern in LOCKS:
        for path in sorted(project.glob(pattern)):
            name = path.relative_to(project).as_posix()
            before, after = old.get(below + name), new.get(below + name)
            if after is None or before == after:
                continue
            if path.read_bytes() == before:
                path.write_bytes(after)
            elif path.read_bytes() != after:
                kept.append(name)
    return kept


def _git(project: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(project), *words], check=False, capture_output=True, text=True)
    return done.stdout
