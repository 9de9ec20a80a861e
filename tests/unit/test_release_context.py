"""The build context: what is in it, and when it counts as changed."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.context import (
    DOCKERFILE,
    Context,
    ignore_rules,
    is_ignored,
    open_context,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, content in {
        "app/main.py": "print()",
        "app/tests/test_main.py": "",
        "app/__pycache__/main.pyc": "x",
        "app/.dockerignore": "tests\n# comment\n*.md\n!README.md\n",
        "app/README.md": "kept",
        "app/NOTES.md": "ignored",
        "docker/Dockerfile": "FROM scratch",
        "wheels/flask.whl": "wheel",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


@pytest.fixture
def context(source: Path) -> Context:
    return replace(open_context(source, "app", "docker/Dockerfile"), wheels=(source / "wheels/flask.whl",))


def names(context: Context) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(context.archive())) as tar:
        return tar.getnames()


def test_it_holds_the_app_the_wheels_and_the_dockerfile(context: Context) -> None:
    assert names(context) == [".dockerignore", "README.md", "main.py", "wheelhouse/flask.whl", DOCKERFILE]


def test_the_same_content_gives_the_same_bytes_at_any_time(context: Context, source: Path) -> None:
    before, digest = context.archive(), context.digest({})
    (source / "app/main.py").touch()
    (source / "app/tests/new.py").write_text("ignored")
    assert (context.archive(), context.digest({})) == (before, digest)


@pytest.mark.parametrize("left", [".slipway/playbooks/site.yml", ".cache/uv/wheel.whl", ".image/image.tar.gz"])
def test_what_a_job_leaves_in_its_checkout_is_no_part_of_the_image(
    context: Context, source: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = context.digest({})
    (source / "app" / left).parent.mkdir(parents=True)
    (source / "app" / left).write_text("of the job, or the app's own")
    monkeypatch.setenv("CI_PROJECT_DIR", str(source / "app"))
    assert context.digest({}) == before
    monkeypatch.delenv("CI_PROJECT_DIR")
    assert context.digest({}) != before
    assert left in names(context)


def test_a_changed_file_of_equal_size_has_another_time(context: Context, source: Path) -> None:
    before = times(context)
    (source / "app/main.py").write_text("flask, again"[: (source / "app/main.py").stat().st_size].ljust(1))
    os.utime(source / "app/main.py", (1, 1))
    after = times(context)
    assert after.pop("main.py") != before.pop("main.py")
    assert after == before
    assert all(1_000_000_000 <= time < 1_600_000_000 for time in after.values())


def times(context: Context) -> dict[str, int]:
    with tarfile.open(fileobj=io.BytesIO(context.archive())) as tar:
        return {member.name: int(member.mtime) for member in tar}


def test_an_empty_folder_is_kept_and_an_ignored_one_is_not(context: Context, source: Path) -> None:
    before = context.digest({})
    for name in ("static/uploads", "build", "tests/empty"):
        (source / "app" / name).mkdir(parents=True, exist_ok=True)
    (source / "app/.dockerignore").write_text((source / "app/.dockerignore").read_text() + "\nbuild\n")
    assert "static/uploads" in names(context)
    assert "build" not in names(context)
    assert context.digest({}) != before


def test_the_rules_beside_the_dockerfile_stand_in_for_the_folders(context: Context, source: Path) -> None:
    (source / "app/secret.env").write_text("x")
    (source / "docker/Dockerfile.dockerignore").write_text("secret.env\n")
    assert "secret.env" not in names(context)
    assert "tests/new.py" not in names(context)
    (source / "app/tests").mkdir(exist_ok=True)
    (source / "app/tests/new.py").write_text("the folder's own rules ignore it")
    assert "tests/new.py" in names(context)


def test_rules_in_latin_1_are_refused_with_file_line_and_way_out(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"docs\n# f\xfcr alle\n")
    with pytest.raises(ShippingError, match=r"\.dockerignore, line 2: this is not UTF-8.*\nNext: iconv"):
        ignore_rules(tmp_path, tmp_path / "Dockerfile")


def test_a_file_name_that_is_not_utf_8_is_packed_as_it_is(context: Context, source: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    before = context.digest({})
    (source / "app" / name).write_text("x")
    assert name in names(context)
    assert context.digest({}) != before


@pytest.mark.parametrize(
    ("dockerfile", "own", "wanted"),
    [
        ("FROM debian\nCOPY wheelhouse /w\n", False, True),
        ("FROM debian\nCOPY wheelhouse /w\n", True, False),
        ("FROM debian\n# wheelhouse\nCOPY . /app\n", False, False),
    ],
)
def test_wheels_are_wanted_where_they_are_copied_and_not_among_the_apps_files(
    dockerfile: str, own: bool, wanted: bool, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile)
    if own:
        (tmp_path / "wheelhouse").mkdir()
        (tmp_path / "wheelhouse/a.whl").write_text("")
    context = open_context(tmp_path, ".", None)
    assert context.wants("wheelhouse") is wanted
    assert ("wheelhouse/a.whl" in names(context)) is own


@pytest.mark.parametrize("changed", ["app/main.py", "docker/Dockerfile", "wheels/flask.whl"])
def test_each_input_counts(context: Context, source: Path, changed: str) -> None:
    before = context.digest({})
    (source / changed).write_text("other")
    assert context.digest({}) != before


def test_an_executable_bit_counts(context: Context, source: Path) -> None:
    before = context.digest({})
    (source / "app/main.py").chmod(0o755)
    assert context.digest({}) != before


def test_the_base_image_counts(context: Context) -> None:
    assert context.digest({"BASE_IMAGE": "sha256:a"}) != context.digest({"BASE_IMAGE": "sha256:b"})


@pytest.mark.parametrize(
    ("rule", "name", "ignored"),
    [
        ("docs", "docs/a/b.txt", True),
        ("docs", "more/docs/a.txt", False),
        ("**/docs", "more/docs/a.txt", True),
        ("*.txt", "a.txt", True),
        ("*.txt", "deep/a.txt", False),
        ("**/*.txt", "deep/er/a.txt", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("/docs/", "docs/a.txt", True),
        ("a.b", "axb", False),
        ("*.py[co]", "a.pyo", True),
        ("*.py[co]", "a.py", False),
        ("**/*.py[a-d]", "deep/er/a.pyc", True),
        ("[Tt]ests", "tests/a", True),
        ("[^a]b", "cb", True),
        ("[^a]b", "ab", False),
        ("[!a]b", "ab", True),
        ("[!a]b", "cb", False),
        (r"\*.md", "*.md", True),
        (r"\*.md", "a.md", False),
        (r"\[a]", "[a]", True),
        (r"\[a]", "a", False),
        (r"[a\-z]b", "-b", True),
        (r"[a\-z]b", "bb", False),
        (r"[[x]b", "[b", True),
        ("a+(b)", "a+(b)", True),
        ("a/../b", "b/c", True),
        ("./b//", "b", True),
        ("../b", "b", False),
        (".", "b", False),
        ("/", "b", False),
        ("**", "deep/b", True),
        ("a**b", "a/x/b", True),
        ("\ufeffb", "b", True),
        ("# b", "# b", False),
        (" # b", "# b", True),
        ("  b  ", "b", True),
        ("b\n! b", "b", False),
        ("b\n!!b", "b", True),
    ],
)
def test_ignore_rules_mean_what_docker_says(tmp_path: Path, rule: str, name: str, ignored: bool) -> None:
    (tmp_path / ".dockerignore").write_text(rule, encoding="utf-8")
    assert is_ignored(name, ignore_rules(tmp_path, tmp_path / "Dockerfile")) is ignored


@pytest.mark.parametrize("rule", ["!", "a[b", "a[]", "a\\"])
def test_a_pattern_that_docker_refuses_is_refused_with_its_line(tmp_path: Path, rule: str) -> None:
    (tmp_path / ".dockerignore").write_text(f"docs\n{rule}\n")
    with pytest.raises(ShippingError, match=r"\.dockerignore, line 2: .* is not a pattern"):
        ignore_rules(tmp_path, tmp_path / "Dockerfile")


def test_an_ignored_folder_is_not_even_looked_into(context: Context, source: Path) -> None:
    before = context.digest({})
    closed = source / "app/.venv/lib"
    closed.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", refusing(os.scandir, source / "app/.venv"))
        assert context.digest({}) == before


def refusing(scandir: Callable[[Path], Any], closed: Path) -> Callable[[Path], Any]:
    def asked(folder: Path) -> Any:
        assert closed not in (Path(folder), *Path(folder).parents), f"{folder} was looked into"
        return scandir(folder)

    return asked


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("docs\n!docs/keep", ["docs/keep"]),
        ("!docs/keep\ndocs", []),
        ("*\n!docs", ["docs/drop", "docs/keep"]),
        ("docs/*\n!docs/k*", ["docs/keep"]),
        ("docs\n!**/keep", ["docs/keep"]),  # as BuildKit; the classic builder does not look into docs
    ],
)
def test_a_later_rule_takes_back_what_is_in_an_ignored_folder(tmp_path: Path, rules: str, kept: list[str]) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("docs/keep", "docs/drop", "Dockerfile"):
        (tmp_path / name).write_text("")
    (tmp_path / ".dockerignore").write_text(rules)
    found = [name for name in names(open_context(tmp_path, ".", None)) if name.startswith("docs/")]
    assert found == kept


@pytest.mark.parametrize(
    ("build", "dockerfile", "field"), [("nowhere", None, "build"), ("app", "docker/Missing", "dockerfile")]
)
def test_what_is_missing_is_named_with_its_field(source: Path, build: str, dockerfile: str, field: str) -> None:
    with pytest.raises(ShippingError, match=f"does not exist. Correct `{field}` of the app in slipway_apps."):
        open_context(source, build, dockerfile)
