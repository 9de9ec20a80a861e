"""The threat model names tests that exist, and controls that are on the list."""

from __future__ import annotations

import ast
import re

from .conftest import ROOT

PAGE = (ROOT / "docs/threat-model.md").read_text()
PROOF = re.compile(r"`([\w/.-]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (?!tries to|---).*\|$", re.MULTILINE)


def functions(path: str) -> set[str]:
    """Return the names of the test functions in a file."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_ends_with_its_proof() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) > 20
    assert [row for row in rows if not PROOF.search(row.rsplit("|", 2)[1])] == []


def test_every_proof_is_a_test_that_exists() -> None:
    missing = [f"{path}::{name}" for path, name in PROOF.findall(PAGE) if name not in functions(path)]
    assert missing == []


def test_every_control_it_names_is_on_the_list() -> None:
    listed = set(re.findall(r"^\| ([A-Z]-\d\d) \|", (ROOT / "docs/controls.md").read_text(), re.MULTILINE))
    assert set(re.findall(r"\b[OSFDCTKPBXURI]-\d\d\b", PAGE)) <= listed
