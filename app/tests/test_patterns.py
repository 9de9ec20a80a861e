"""A pattern describes the whole of a text: what follows a match, were it one newline, is not let through."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from marshmallow import Schema, ValidationError, fields, validate

import strongbox
from strongbox import schemas
from tests.visitor import Visitor

SOURCE = Path(strongbox.__file__).parent

WHOLE = {"adapter.match"}
"""Werkzeug's, of a path with the app's routes: it takes the whole path."""


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def test_nothing_is_matched_but_as_a_whole() -> None:
    """`match` and `search` say nothing of what follows, and marshmallow's `Regexp` uses `match`."""
    wrong = [
        f"{path.relative_to(SOURCE)}:{call.lineno}: {ast.unparse(call.func)}"
        for path in SOURCE.rglob("*.py")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"match", "search", "Regexp"}
        if ast.unparse(call.func) not in WHOLE
    ]
    assert wrong == []


def patterned(schema: type[Schema]) -> list[tuple[str, fields.Field]]:
    """Every field of a schema, and of the lists in it, that has a pattern."""
    inner = [
        (name, field.inner if isinstance(field, fields.List) else field) for name, field in schema().fields.items()
    ]
    return [(name, field) for name, field in inner if any(isinstance(it, validate.Regexp) for it in field.validators)]


@pytest.mark.parametrize("schema", [schemas.CredentialsSchema, schemas.RecordSchema])
def test_no_field_takes_a_newline_after_what_its_pattern_takes(schema: type[Schema]) -> None:
    found = patterned(schema)
    assert len(found) >= 2
    for name, field in found:
        (form,) = (it for it in field.validators if isinstance(it, validate.Regexp))
        with pytest.raises(ValidationError):
            form("\x00")
        if not form.regex.fullmatch("\n"):
            with pytest.raises(ValidationError):
                form("ABCDEFGH\n")
        assert form("ABCDEFGH") == "ABCDEFGH", name


def test_a_name_that_ends_in_a_newline_can_not_be_opened(visitor: Visitor) -> None:
    answer = visitor.post("/sign-up", {"name": "anna\n", "password": "quiet river under nine moons"})
    assert answer.status_code == 422
