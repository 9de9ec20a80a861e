"""The words of this house: plain English, the field's terms, and the worst of what was here before stays out."""

from __future__ import annotations

import re

import pytest

from .conftest import name_of, tracked

# What used to be said -> what is meant.
WORST = {
    r"\banew\b": "again",
    r"\b(?:can|can't|to) be had\b": "is (not) available",
    r"(?<![Tt]here )\b(?:is|are) no (?!longer|more|better|worse|other)[a-z]+": "is not a ...",
    r"\bone (?:file|line|test|function|folder|entry) an? [a-z]": "one ... per ...",
    r"\bonce an? (?:day|hour|request|commit)\b": "once per ...",
    r"\bWish\b|\bculprit\b|\bfarewell\(": "options, failed host, shutdown",
}
OWN = {"tests/policy/test_words.py"}


@pytest.mark.parametrize(("worst", "better"), WORST.items(), ids=list(WORST.values()))
def test_the_worst_words_are_gone(worst: str, better: str) -> None:
    pattern = re.compile(worst)
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in tracked("*.py", "*.md", "*.yml", "*.j2")
        if name_of(path) not in OWN | {"CHANGELOG.md"}
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], f"write: {better}"
