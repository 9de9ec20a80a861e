"""Every control is proven by a test that names its id, or its page says why nothing proves it."""

from __future__ import annotations

import re
from pathlib import Path

from .conftest import ROOT, tracked

ID = re.compile(r"\b[OSFDCTKPBXURI]-\d\d\b")
TESTS = [path for path in tracked("tests/*.py", "roles/*/molecule/*.py", "app/tests/*.py") if path != Path(__file__)]


def controls() -> list[str]:
    """Return the ids of docs/controls.md."""
    return re.findall(r"^\| ([A-Z]-\d\d) \| .", (ROOT / "docs/controls.md").read_text(), re.MULTILINE)


def reasons() -> set[str]:
    """Return the ids that have a line among those that are not done."""
    page = (ROOT / "docs/security.md").read_text()
    rows = page[page.index("## Not done") :].splitlines()
    return {name for row in rows if row.startswith("| ") for name in ID.findall(row.split("|")[1])}


def proven() -> set[str]:
    """Return the ids that tests name."""
    return {name for path in TESTS for name in ID.findall(path.read_text())}


def test_the_list_has_all_controls_once() -> None:
    assert len(controls()) == len(set(controls())) == 120


def test_every_control_is_proven_or_has_its_reason() -> None:
    assert set(controls()) - proven() - reasons() == set()


def test_no_test_and_no_reason_names_a_control_that_is_not_there() -> None:
    assert (proven() | reasons()) - set(controls()) == set()
