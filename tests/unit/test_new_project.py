"""A generated project passes its own linters and tests, and its documents are followed to the letter.

On SQLite: what differs on PostgreSQL is seen where the project is deployed, in tests/e2e/test_new.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.new.answers import gather
from slipway.new.run import render
from slipway.new.template import own

UV = str(Path(sys.executable).with_name("uv"))
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


class Project:
    """A project with the environment that its Makefile would make; uv makes it in a tenth of the time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        render(own(), gather("shop", {}, None, print), folder)
        python = folder / "backend/.venv/bin/python"
        locks = [part for name in ("requirements.txt", "requirements/dev.txt") for part in ("-r", f"backend/{name}")]
        self.do(UV, "venv", "--quiet", "backend/.venv")
        self.do(UV, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", *locks)
        (folder / "backend/.venv/.complete").touch()

    def do(self, *command: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MAKE", "VIRTUAL"))}
        environment = {**kept, "UV_LINK_MODE": "hardlink"}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
        return done.stdout

    def blocks(self, document: str) -> list[str]:
        """Return the Python of a document, block by block."""
        return BLOCK.findall((self.folder / "docs" / document).read_text())

    def write(self, name: str, text: str) -> None:
        (self.folder / "backend" / name).write_text(text)

    def put(self, name: str, before: str, after: str) -> None:
        """Replace a text that is there once."""
        text = (self.folder / "backend" / name).read_text()
        assert text.count(before) == 1, f"{before!r} in {name}"
        self.write(name, text.replace(before, after))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("new") / "shop")


def test_a_new_project_passes_its_own_linters_and_tests(project: Project) -> None:
    assert re.search(r"[45]\d passed", project.do("make", "test"))
    assert "5 passed" in project.do("make", "test-stack")


def test_its_locks_hold_what_its_lists_ask_for_with_hashes(project: Project) -> None:
    names = {"requirements.in": "requirements.txt"}
    names |= {f"requirements/{name}.in": f"requirements/{name}.txt" for name in ("worker", "dev")}
    for wanted, locked in names.items():
        lock = (project.folder / "backend" / locked).read_text()
        asked = re.findall(r"^([a-z][a-z0-9-]*)", (project.folder / "backend" / wanted).read_text(), re.MULTILINE)
        assert [name for name in asked if not re.search(rf"^{name}==.*\\$", lock, re.MULTILINE)] == [], locked
        entries = re.split(r"\n(?=\S)", lock)
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == [], locked
    api = (project.folder / "backend/requirements.txt").read_text()
    worker = (project.folder / "backend/requirements/worker.txt").read_text()
    assert set(re.findall(r"^\S+==\S+", worker, re.MULTILINE)) <= set(re.findall(r"^\S+==\S+", api, re.MULTILINE))
    assert "flask" not in worker, "the worker's image has no Flask"


def test_a_model_and_a_task_are_added_as_the_documents_say(project: Project) -> None:
    model, known, api, test = project.blocks("add-a-model.md")
    project.write("src/app/models/note.py", model)
    project.put("src/app/models/__init__.py", "from app.models.report", f"{known}from app.models.report")
    project.put("src/app/models/__init__.py", '"Message", ', '"Message", "Note", ')
    made = project.do("make", "migration", "NAME=add notes")
    assert made == "migrations/versions/0002_add_notes.py\n"
    project.write("src/app/api/notes.py", api)
    project.put("src/app/api/__init__.py", "health, reports", "health, notes, reports")
    project.put("src/app/api/__init__.py", "reports.blueprint)", "reports.blueprint, notes.blueprint)")
    project.write("tests/test_notes.py", test)

    task, _request, beat, test = project.blocks("add-a-task.md")
    tasks, celery = "src/app/jobs/tasks.py", "src/app/jobs/__init__.py"
    project.put(tasks, "\n\ndef _save", f"\n\n{task}\n\ndef _save")
    project.put(tasks, "import uuid\n", "import uuid\nfrom datetime import timedelta\n")
    project.put(tasks, "import select, update", "import delete, select, update")
    project.put(tasks, "import Report, User", "import Report, User, now")
    project.put(celery, '        "relay": {', f'{beat}        "relay": {{')
    project.put(celery, "import Celery, Task\n", "import Celery, Task\nfrom celery.schedules import crontab\n")
    project.write("tests/test_old_reports.py", test)
    assert re.search(r"[45]\d passed", project.do("make", "test"))
    assert "create_table" in (project.folder / "backend/migrations/versions/0002_add_notes.py").read_text()
