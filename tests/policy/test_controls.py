"""Every control is proven by a test function that names its id, or its page says why nothing proves it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from .conftest import ROOT, tracked

ID = re.compile(r"\b[OSFDCTKPBXURI]-\d\d\b")
# pytest collects files of these names only.
TESTS = [path for path in tracked("tests/*.py", "roles/*.py", "app/tests/*.py") if path.name.startswith("test_")]


def controls() -> list[str]:
    """Return the ids of docs/controls.md."""
    return re.findall(r"^\| ([A-Z]-\d\d) \| .", (ROOT / "docs/controls.md").read_text(), re.MULTILINE)


def reasons() -> set[str]:
    """Return the ids that have a line among those that are not done."""
    page = (ROOT / "docs/security.md").read_text()
    rows = page[page.index("## Not done") :].splitlines()
    return {name for row in rows if row.startswith("| ") for name in ID.findall(row.split("|")[1])}


def named(source: str) -> set[str]:
    """Return the ids in the comments of test functions: directly above one, among its decorators, in it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    lines = source.splitlines()
    found: set[str] = set()
    for test in collected(ast.parse(source)):
        first = min([test.lineno, *(each.lineno for each in test.decorator_list)])
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        belonging = range(first, (test.end_lineno or test.lineno) + 1)
        found |= {name for line in belonging for name in ID.findall(comments.get(line, ""))}
    return found


def collected(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions that pytest collects."""
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        yield from (each for each in inside if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"))


def proven() -> set[str]:
    """Return the ids that test functions name."""
    return {name for path in TESTS for name in named(path.read_text())}


def test_the_list_has_all_controls_once() -> None:
    assert len(controls()) == len(set(controls())) > 100


def test_every_control_is_proven_or_has_its_reason() -> None:
    assert set(controls()) - proven() - reasons() == set()


def test_no_test_and_no_reason_names_a_control_that_is_not_there() -> None:
    assert (proven() | reasons()) - set(controls()) == set()


@pytest.mark.parametrize(
    "source",
    [
        "def test_it() -> None:  # S-09\n    assert True\n",
        "def test_it(\n    host: str,\n) -> None:  # S-09\n    assert True\n",
        "# S-09, Z-99\ndef test_it() -> None:\n    assert True\n",
        "# S-09\n@pytest.mark.long\ndef test_it() -> None:\n    assert True\n",
        "@pytest.mark.parametrize('each', [\n    1,  # S-09\n])\ndef test_it(each) -> None:\n    assert each\n",
        "def test_it() -> None:\n    assert True\n    # S-09\n    assert True\n",
        "class TestIt:\n    def test_it(self) -> None:  # S-09\n        assert True\n",
    ],
)
def test_the_comment_of_a_test_function_is_a_proof(source: str) -> None:
    assert named(source) == {"S-09"}


@pytest.mark.parametrize(
    "source",
    [
        '"""Logins (S-09)."""\n\n\ndef test_it() -> None:\n    assert True\n',
        "# S-09\n\n\ndef test_it() -> None:\n    assert True\n",
        "# S-09\nLIMIT = 3\n\n\ndef test_it() -> None:\n    assert LIMIT\n",
        "LIMIT = 3  # S-09\n",
        "def helper() -> None:  # S-09\n    assert True\n",
        "def test_it() -> None:\n    assert 'S-09'\n",
        "def test_it() -> None:\n    assert True\n\n\ndef helper() -> None:\n    pass  # S-09\n",
        "class Helper:\n    def test_it(self) -> None:  # S-09\n        assert True\n",
    ],
)
def test_no_other_mention_is_a_proof(source: str) -> None:
    assert named(source) == set()
