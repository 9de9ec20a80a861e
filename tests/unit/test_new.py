"""`slipway new`: answers are checked before anything is written, and what is written is what they say."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from click.testing import CliRunner

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.commands.new import new
from slipway.new.answers import gather
from slipway.new.run import run
from slipway.new.template import own, pack, unpack, write

DEFAULTS = {
    "name": "web-shop",
    "title": "Web Shop",
    "domain": "web-shop.example.com",
    "frontend": "vue",
    "pipeline": "gitlab",
    "kit_project": "my-group/slipway",
    "licence": "none",
}


def quiet(_text: str) -> None:
    pass


def test_the_usual_answers_need_nobody() -> None:
    assert gather("web-shop", {}, None, quiet) == DEFAULTS


def test_a_person_is_asked_again_until_the_answer_will_do() -> None:
    replies = iter(["https://shop.test", "shop.test", "none", "", "my-group/kit", "GPL", "MIT"])
    asked: list[str] = []
    said: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words)
        return next(replies)

    answers = gather("web-shop", {}, prompt, said.append)
    assert answers == {
        **DEFAULTS,
        "domain": "shop.test",
        "frontend": "none",
        "kit_project": "my-group/kit",
        "licence": "MIT",
    }
    assert asked[0] == asked[1] == "Domain that visitors use [web-shop.example.com]: "
    assert said == ["  A domain has no scheme before it.", "  This is not one of MIT, none."]


def test_what_an_answer_makes_needless_is_not_asked() -> None:
    asked: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words)
        return ""

    gather("shop", {"pipeline": "none"}, prompt, quiet)
    assert [words for words in asked if "GitLab" in words] == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("class", "a word of Python's own"),
        ("match", "a word of Python's own"),
        ("json", "a module of Python's own"),
        ("postgresql", "belongs to a program on the host"),
        ("worker", "belongs to a program on the host"),
        ("Shop", "is lower case"),
        ("my shop", "is lower case"),
        ("1shop", "is lower case"),
        ("", "is lower case"),
        ("{{ x }}", "is lower case"),
    ],
)
def test_a_bad_name_is_a_sentence(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(RefusalError, match=what):
        run(tmp_path / "made", name or " ", {}, None, quiet)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("domain", "https://shop.test", "a domain has no scheme"),
        ("domain", "shop.test/api", "a domain has no path"),
        ("domain", "shop_.test", "not a domain"),
        ("domain", "Shop.test", "not a domain"),
        ("title", 'Shop "x"', "not a name for people"),
        ("title", "[[ 7 ]]", "not a name for people"),
        ("pipeline", "github", "not one of gitlab, none"),
        ("frontend", "react", "not one of vue, none"),
        ("kit-project", "slipway", "not a project of GitLab"),
        ("licence", "mit", "not one of MIT, none"),
    ],
)
def test_a_bad_option_is_a_sentence_with_its_value(tmp_path: Path, option: str, value: str, what: str) -> None:
    done = CliRunner().invoke(new, [str(tmp_path / "shop"), "--defaults", f"--{option}", value])
    assert isinstance(done.exception, RefusalError)
    assert what in done.exception.what
    assert (done.exception.value, done.exception.where) == (value, f"--{option}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", ["git", "docker"])
def test_without_its_programs_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == program else f"/usr/bin/{name}")
    with pytest.raises(RefusalError, match=f"the program {program} is not on this machine"):
        run(tmp_path / "shop", "", {}, None, quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(programs: None, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine").touch()
    with pytest.raises(RefusalError, match="the folder is not empty"):
        run(tmp_path / "shop", "", {}, None, quiet)
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mine"]


def test_a_project_is_a_repository_of_its_own(programs: None, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    with pytest.raises(RefusalError, match="inside another Git repository"):
        run(tmp_path / "shop", "", {}, None, quiet)
    assert [path.name for path in tmp_path.iterdir()] == [".git"]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both programs be there: a machine that only tests needs no Docker."""
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")


# Each answer beside each answer of another question.
PAIRS = [("gitlab", "MIT", "vue"), ("gitlab", "none", "none"), ("none", "MIT", "none"), ("none", "none", "vue")]


@pytest.mark.parametrize(("pipeline", "licence", "frontend"), PAIRS)
def test_a_project_is_what_the_answers_say(
    programs: None, tmp_path: Path, pipeline: str, licence: str, frontend: str
) -> None:
    (tmp_path / "web-shop").mkdir()  # an empty folder will do
    given = {"pipeline": pipeline, "licence": licence, "frontend": frontend}
    folder = run(tmp_path / "web-shop", "", given, None, quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["web-shop"]
    assert (folder / ".gitlab-ci.yml").exists() == (pipeline == "gitlab")
    assert (folder / "LICENSE").exists() == (licence == "MIT")
    assert (folder / "frontend").exists() == (folder / "docs/add-a-page.md").exists() == (frontend == "vue")
    [app] = declared(folder)
    assert app["path"] == ("/api" if frontend == "vue" else "/")
    assert [one["name"] for one in cast("list[dict[str, str]]", app["containers"])] == [
        *("app", "worker", "beat"),
        *(["frontend"] if frontend == "vue" else []),
    ]
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path)}
    assert [name for name in names if "[" in name or name.endswith(".jinja")] == []
    left = [name for name in names if name.endswith((".md", ".yml")) and "[%" in (folder / name).read_text()]
    assert left == []
    assert unpack((folder / ".slipway/template.tar.gz").read_bytes()) == own()


def inventory(folder: Path) -> dict[str, Any]:
    found = yaml.safe_load((folder / "inventories/production/group_vars/all/main.yml").read_text())
    assert isinstance(found, dict)
    return found


def declared(folder: Path) -> list[dict[str, object]]:
    """Return the apps of a project as the kit completes them."""
    return complete(inventory(folder)["slipway_apps"])


def test_what_it_declares_is_a_stack_that_the_kit_knows(programs: None, tmp_path: Path) -> None:
    folder = run(tmp_path / "web-shop", "", {"domain": "shop.test"}, None, quiet)
    [app] = declared(folder)
    assert app["domains"] == ["shop.test"]
    assert inventory(folder)["slipway_project"] == "shop.test"
    assert inventory(folder)["slipway_secrets"] == {"web-shop": {"jwt_key": "{{ vault_web_shop_jwt_key }}"}}


def test_an_archive_of_a_template_is_the_same_for_the_same_content() -> None:
    files = {"b": b"2", "a": b"1"}
    assert pack(files) == pack(dict(reversed(files.items())))
    assert unpack(pack(files)) == files


def test_an_archive_can_not_write_outside_of_its_folder(tmp_path: Path) -> None:
    write({"../out": b"", "/tmp/out-of-a-template": b"", "in/it": b"x"}, tmp_path / "here")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["it"]
    assert not Path("/tmp/out-of-a-template").exists()
