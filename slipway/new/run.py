"""The steps of `slipway new`: check everything, write a draft, and put it into its place all at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import __version__
from slipway.new import template
from slipway.new.answers import Prompt, gather

PROGRAMS = {
    "git": "apt-get install git",
    "docker": "apt-get install docker.io   # Debian 13: docker-cli, docker-buildx and an engine",
}


def run(
    folder: Path, name: str, given: Mapping[str, str], prompt: Prompt | None, say: Callable[[str], None] = print
) -> Path:
    """Make a project in a folder that is new or empty, and return it.

    Args:
        folder: where.
        name: of the project; empty for the folder's own.
        given: answers that were options.
        prompt: asks a person for the others; None takes the usual answers.
        say: prints.

    Raises:
        RefusalError: an answer, the folder or this machine will not do. Nothing is written then.
    """
    folder = folder.expanduser().absolute()
    _refuse_missing_programs()
    _refuse_folder(folder)
    answers = gather(name or folder.name, given, prompt, say)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as draft:
        render(template.own(), answers, Path(draft, "project"))
        made = Path(draft, "project")
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=made, check=True, capture_output=True)
        os.rename(made, folder)  # noqa: PTH104 - fails where a folder with files is
    say(_next_steps(folder, answers))
    return folder


def render(files: template.Files, answers: Mapping[str, str], folder: Path) -> None:
    """Write what a template makes of answers, and the template itself, below a folder that is not there yet."""
    from copier import run_copy  # noqa: PLC0415 - it takes half a second, and no other verb needs it

    with tempfile.TemporaryDirectory(prefix="slipway-template-") as staged:
        template.write(files, Path(staged))
        run_copy(staged, folder, data={**answers, "kit": __version__}, defaults=True, quiet=True)
    carry(files, folder)


def carry(files: template.Files, folder: Path) -> None:
    """Leave a template in a project, for its next update."""
    carried = folder / template.CARRIED
    carried.parent.mkdir(exist_ok=True)
    carried.write_bytes(template.pack(files))


def _refuse_missing_programs() -> None:
    for program, command in PROGRAMS.items():
        if shutil.which(program) is None:
            raise RefusalError(f"the program {program} is not on this machine", program, "PATH", command)


def _refuse_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusalError(
            "this name is in use: the folder is not empty",
            str(folder),
            "DIR",
            "slipway new DIR   # with a new folder; slipway update takes a project to a newer template",
        )
    above = next(path for path in (folder, *folder.parents) if path.is_dir())
    asked = ["git", "-C", str(above), "rev-parse", "--show-toplevel"]
    inside = subprocess.run(asked, check=False, capture_output=True, text=True)
    if inside.returncode == 0:
        raise RefusalError(
            "the folder is inside another Git repository, and a project is one of its own",
            inside.stdout.strip(),
            str(folder),
            f"slipway new ../{folder.name}   # from the folder of that repository",
        )


def _next_steps(folder: Path, answers: Mapping[str, str]) -> str:
    parts = "backend, worker, frontend" if answers["frontend"] == "vue" else "backend, worker"
    return f"""Wrote {folder}: {parts}, migrations, tests, inventories, documents.

Next:
  cd {folder}
  git add --all && git commit --message 'Begin {answers["name"]}'
  make test                  # linters, types, tests
  make local                 # http://localhost:8000/api/docs/
  slipway init production    # a Debian 13 host, and {answers["domain"]} leading to it
  slipway site production"""
