"""From the text of an HTML form to the values that a schema takes."""

from __future__ import annotations

import re
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields

from strongbox.exceptions import Invalid
from strongbox.one_time_code import seed_of

CSRF_FIELD = "csrf_token"
AGAIN = "_again"

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")
"""Python refuses to read numbers of more than 4,300 digits; no field takes one of more than 20."""


class InvalidForm(Exception):
    """A form that can't be used as it is.

    Attributes:
        messages: a sentence by field.
    """

    def __init__(self, messages: dict[str, str]) -> None:
        super().__init__("invalid form")
        self.messages = messages


def read_form(schema: Schema) -> Any:
    """Parse the form that was sent.

    Raises:
        InvalidForm: with what to say beside which field.
    """
    values: dict[str, object] = {}
    messages: dict[str, str] = {}
    for name, field in schema.fields.items():
        try:
            if _is_sent(field, name):
                values[name] = _value(field, name)
        except Invalid as problem:
            messages[name] = problem.message
    try:
        loaded = schema.load(values)
    except ValidationError as problem:
        messages = {field: _sentence(found) for field, found in problem.messages_dict.items()} | messages
    except Invalid as problem:
        messages[problem.field] = problem.message
    if messages:
        raise InvalidForm(messages)
    return loaded


def require_same_twice(name: str) -> None:
    """Refuse a new password that a person typed twice, and differently. A program that says it once means it.

    Args:
        name: of the input; the second one is called `<name>_again`.

    Raises:
        InvalidForm: the two are not the same.
    """
    again = request.form.get(f"{name}{AGAIN}")
    if again is not None and again != request.form.get(name):
        raise InvalidForm({f"{name}{AGAIN}": "This is not the same as above."})


def _is_sent(field: fields.Field[Any], name: str) -> bool:
    return name in request.form or isinstance(field, fields.Boolean)


def _value(field: fields.Field[Any], name: str) -> object:
    text = request.form.get(name, "")
    if isinstance(field, fields.Boolean):
        return bool(text)
    if isinstance(field, fields.Integer):
        return int(text) if WHOLE_NUMBER.fullmatch(text) else text
    if isinstance(field, fields.List):
        return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
    if name == "otp":
        return seed_of(text)
    return text.replace("\r\n", "\n")


def _sentence(found: object) -> str:
    if isinstance(found, dict):
        found = [_sentence(inner) for inner in found.values()]
    return " ".join(dict.fromkeys(map(str, found))) if isinstance(found, list) else str(found)
