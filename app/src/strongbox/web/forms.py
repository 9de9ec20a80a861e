"""From the text of an HTML form to the values that a schema takes."""

from __future__ import annotations

import re
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields

from strongbox.exceptions import Invalid
from strongbox.one_time_code import seed_of

CSRF_FIELD = "csrf_token"

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
    values = {name: _value(field, name) for name, field in schema.fields.items() if _is_sent(field, name)}
    try:
        return schema.load(values)
    except ValidationError as problem:
        messages = problem.messages_dict
        raise InvalidForm({field: _sentence(found) for field, found in messages.items()}) from None
    except Invalid as problem:
        raise InvalidForm({problem.field: str(problem)}) from None


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
