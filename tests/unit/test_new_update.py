"""`slipway update` over three versions of a template: what nobody touched follows, what people changed stays."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import __version__
from slipway.new import update
from slipway.new.answers import gather
from slipway.new.run import render
from slipway.new.template import Files, own

SETTINGS = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n"
COPIER = b"""_subdirectory: project
_templates_suffix: .jinja
_envops: {variable_start_string: "[[", variable_end_string: "]]", block_start_string: "[%", block_end_string: "%]"}
_skip_if_exists: [README.md, "backend/requirements.txt"]
name: {type: str}
kit: {type: str}
"""
ANSWERS = b"""[% for key, value in _copier_answers.items() if not key.startswith('_') -%]
[[ key ]]: [[ value ]]
[% endfor -%]
"""


def version(**changed: str | None) -> Files:
    """Return a template: the first version, with some files changed, added, or (None) taken away."""
    first: dict[str, str | None] = {
        "README.md.jinja": "# [[ name ]]\n",
        "settings.py": SETTINGS,
        "left_alone.py": "x = 1\n",
        "dropped.py": "old\n",
        "backend/requirements.txt": "flask==1\n",
        ".gitignore": ".slipway/update.yml\n",
    }
    files = {f"project/{name}": text.encode() for name, text in (first | changed).items() if text is not None}
    return {"copier.yml": COPIER, "project/.copier-answers.yml.jinja": ANSWERS, **files}


ONE = version()
TWO = version(
    **{
        "settings.py": SETTINGS.replace("e = 5", "e = 50"),
        "left_alone.py": "x = 2\n",
        "added.py": "new\n",
        "dropped.py": None,
        "README.md.jinja": "# [[ name ]], version two\n",
        "backend/requirements.txt": "flask==2\n",
    }
)
THREE = version(
    **{
        "settings.py": SETTINGS.replace("a = 1", "a = 10").replace("e = 5", "e = 500"),
        "left_alone.py": "x = 3\n",
        "added.py": "newer\n",
        "dropped.py": None,
        "backend/requirements.txt": "flask==3\n",
    }
)


SHOP = {"name": "shop"}


class Project:
    """A project of the first version in a repository."""

    def __init__(self, folder: Path, template: Files = ONE, answers: Mapping[str, str] = SHOP) -> None:
        self.folder = folder
        self.said: list[str] = []
        render(template, answers, folder)
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        done = subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        self.commit()

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def update(self, files: Files) -> int:
        code = update.run(self.folder, files, self.said.append)
        if code == 0 and self.git("status", "--porcelain"):
            self.commit()
        return code


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "shop")


def test_what_nobody_touched_follows_over_three_versions(project: Project) -> None:
    assert project.update(TWO) == 0
    assert project.update(THREE) == 0
    assert project.read("settings.py") == SETTINGS.replace("a = 1", "a = 10").replace("e = 5", "e = 500")
    assert (project.read("left_alone.py"), project.read("added.py")) == ("x = 3\n", "newer\n")
    assert project.read("backend/requirements.txt") == "flask==3\n"
    assert not (project.folder / "dropped.py").exists()
    assert project.git("status", "--porcelain") == ""


def test_what_people_changed_stays_beside_what_the_template_changed(project: Project) -> None:
    project.write("settings.py", SETTINGS.replace("c = 3", "c = 'ours'"))
    project.write("README.md", "# Ours\n")
    assert project.update(TWO) == 0
    assert project.update(THREE) == 0
    assert project.read("settings.py") == "a = 10\nb = 2\nc = 'ours'\nd = 4\ne = 500\n"
    assert project.read("README.md") == "# Ours\n"


def test_a_file_that_people_deleted_stays_away(project: Project) -> None:
    (project.folder / "left_alone.py").unlink()
    project.commit()
    assert project.update(TWO) == 0
    assert not (project.folder / "left_alone.py").exists()


def test_a_lock_of_theirs_is_kept_and_named(project: Project) -> None:
    project.write("backend/requirements.txt", "flask==1\nours==1\n")
    assert project.update(TWO) == 0
    assert project.read("backend/requirements.txt") == "flask==1\nours==1\n"
    assert "backend/requirements.txt" in project.said[-1]


def test_the_same_line_changed_twice_is_a_conflict_in_that_file_alone(project: Project) -> None:
    project.write("settings.py", SETTINGS.replace("e = 5", "e = 'ours'"))
    assert project.update(TWO) == 1
    assert project.said[-1] == "  settings.py"
    assert "<<<<<<<" in project.read("settings.py")
    assert "e = 'ours'" in project.read("settings.py")
    assert project.read("left_alone.py") == "x = 2\n"
    project.write("settings.py", SETTINGS.replace("e = 5", "e = 'solved'"))
    assert project.update(THREE) == 1, "the same line again"
    assert "a = 10" in project.read("settings.py")


def test_the_same_template_changes_nothing(project: Project) -> None:
    assert project.update(ONE) == 0
    assert "nothing to do" in project.said[-1]
    assert project.git("status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["settings.py", "not_added.py"])
def test_what_is_not_committed_is_not_risked(project: Project, name: str) -> None:
    (project.folder / name).write_text("mine\n")
    with pytest.raises(RefusalError, match="merges into what is committed") as refused:
        project.update(TWO)
    assert name in refused.value.value
    assert project.read("left_alone.py") == "x = 1\n"


def test_a_folder_that_is_not_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="there is no project"):
        update.run(tmp_path, TWO)


@pytest.mark.parametrize("content", [None, b"", b"not an archive"])
def test_without_the_template_that_it_began_with_nothing_is_guessed(project: Project, content: bytes | None) -> None:
    archive = project.folder / ".slipway/template.tar.gz"
    if content is None:
        archive.unlink()
    else:
        archive.write_bytes(content)
    with pytest.raises(RefusalError, match="can't be read"):
        project.update(TWO)


def test_it_is_found_from_a_folder_below(project: Project) -> None:
    assert update.run(project.folder / "backend", TWO, project.said.append) == 0
    assert project.read("left_alone.py") == "x = 2\n"


def test_the_kits_own_template_leaves_what_is_a_projects_own(tmp_path: Path) -> None:
    main = "inventories/production/group_vars/all/main.yml"
    code, lock = "backend/src/app/settings.py", "frontend/package-lock.json"
    project = Project(tmp_path / "shop", own(), gather("shop", {}, None, print))
    before = project.read(main)
    newer = {
        **own(),
        f"project/{main}.jinja": b"slipway_apps: []\n",
        f"project/{code}": b"# newer\n" + own()[f"project/{code}"],
        f"project/{lock}": b"{}\n",
        "project/frontend/src/added.ts": b"export {};\n",
    }
    assert project.update(newer) == 0
    assert project.read(main) == before
    assert project.read(code).startswith("# newer\n")
    assert (project.read(lock), project.read("frontend/src/added.ts")) == ("{}\n", "export {};\n")
    assert project.read(".copier-answers.yml").endswith(f'kit: "{__version__}"\n')
