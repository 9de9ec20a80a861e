"""One mapping of `slipway_apps` held against its fields: what is wrong with it, and where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Self

from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .fields import FIELDS, VARIABLE_NAME, Field
from .spelling import suggestion
from .values import SET_BY_THE_KIT, copied, encodable, not_text, shown, unusable


class Problem(str):
    """A sentence about what is declared wrongly, and `file:line` where it stands; '' where that is not known."""

    __slots__ = ("place",)
    place: str

    def __new__(cls, text: str, place: str) -> Self:
        """Make a sentence with its place."""
        made = super().__new__(cls, text)
        made.place = place
        return made


def filled(
    given: Mapping[object, object], path: str, problems: list[str], fields: Mapping[str, Field] = FIELDS
) -> dict[str, object]:
    """Return a copy with the default of each field that is left out; adds a sentence to `problems` per fault.

    Args:
        given: as it stands in the inventory.
        path: of it, for messages: `slipway_apps[0]`.
        problems: where faults are added.
        fields: what it may have.
    """
    keys = {str(key): key for key in given}
    for key in keys.values():
        if key not in fields:
            problems.append(
                Problem(f"{path}.{key}: unknown key{did_you_mean(str(key), fields)}.", place_of(key, given))
            )
    done: dict[str, object] = {}
    for key, field in fields.items():
        value = given.get(key)
        if value is None:
            if field.required:
                problems.append(Problem(f"{path}.{key}: missing ({field.meaning}).", place_of(given)))
            done[key] = copied(field.default)
        else:
            found = _faults(value, field, f"{path}.{key}", key)
            problems += [_placed(one, place_of(keys[key], given)) for one in found]
            done[key] = copied(value)
    return done


def did_you_mean(key: str, known: Mapping[str, object]) -> str:
    """Return a hint at the known word that is nearest, empty where none is near."""
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""


def _placed(text: str, place: str) -> Problem:
    """Return a sentence with its own place, or else with this one."""
    return Problem(text, getattr(text, "place", "") or place)


def _faults(value: object, field: Field, path: str, key: str) -> list[str]:
    match field.kind:
        case "text":
            return _text_faults(value, field, path, key)
        case "flag":
            return [] if isinstance(value, bool) else [f"{path}: true or false is wanted, this is {shown(value)}."]
        case "whole" | "number":
            return _number_faults(value, field, path)
        case "texts":
            return _list_faults(value, field, path, key)
        case "table" | "tables" | "group" | "uses":
            judges = {
                "table": _table_faults,
                "tables": _tables_faults,
                "group": _group_faults,
                "uses": _uses_faults,
            }
            return judges[field.kind](value, field, path)


def _list_faults(value: object, field: Field, path: str, key: str) -> list[str]:
    if not isinstance(value, list) or (field.required and not value):
        return [f"{path}: a list is wanted ({field.meaning}), this is {shown(value)}."]
    return [
        Problem(fault, place_of(item))
        for at, item in enumerate(value)
        for fault in _text_faults(item, field, f"{path}[{at}]", key)
    ]


def _text_faults(value: object, field: Field, path: str, key: str) -> list[str]:
    if not isinstance(value, str) or not value:
        return [f"{path}: text is wanted ({field.meaning}), this is {shown(value)}."]
    if field.choices and value not in field.choices:
        return [f"{path}: {shown(value)} is not one of {', '.join(field.choices)}."]
    if field.form and not field.form.fullmatch(value):
        hint = suggestion(key, value)
        return [f"{path}: {shown(value)} has not the right form ({field.meaning}).{f' {hint}' if hint else ''}"]
    if key == "data_path":
        return [f"{path}: {fault}" for fault in unusable(value)]
    return []


def _number_faults(value: object, field: Field, path: str) -> list[str]:
    wanted = "a whole number" if field.kind == "whole" else "a number"
    types = (int,) if field.kind == "whole" else (int, float)
    if isinstance(value, bool) or not isinstance(value, types):
        return [f"{path}: {wanted} is wanted ({field.meaning}), this is {shown(value)}."]
    low, high = field.smallest, field.largest
    if (low is not None and value < low) or (high is not None and value > high):
        return [f"{path}: {value} is outside {low} to {high} ({field.meaning})."]
    return []


def _table_faults(value: object, field: Field, path: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: a mapping is wanted ({field.meaning}), this is {shown(value)}."]
    faults: list[str] = []
    for key, item in value.items():
        where = place_of(key, item)
        if not isinstance(key, str) or (field.form and not field.form.fullmatch(key)):
            hint = suggestion("env", str(key))
            faults.append(Problem(f"{path}.{key}: the name has not the right form ({field.meaning}). {hint}", where))
        elif field.form is VARIABLE_NAME and key in SET_BY_THE_KIT:
            faults.append(Problem(f"{path}.{key}: the kit sets it: {SET_BY_THE_KIT[key]}. Use another name.", where))
        if not isinstance(item, str):
            faults.append(Problem(f"{path}.{key}: {not_text(key, item)}", where))
        elif "\0" in item or not encodable(item):
            faults.append(Problem(f"{path}.{key}: an environment can't hold this text: {shown(item)}.", where))
    return faults


def _group_faults(value: object, field: Field, path: str) -> list[str]:
    """Return whether it is a group of keys at all; they are completed by the module of that name."""
    return (
        [] if isinstance(value, Mapping) else [f"{path}: a mapping is expected ({field.meaning}), not {shown(value)}."]
    )


def _uses_faults(value: object, field: Field, path: str) -> list[str]:
    if not isinstance(value, Mapping | list):
        return [f"{path}: a list or a mapping is expected ({field.meaning}), this is {shown(value)}."]
    words = [*value, *(value.values() if isinstance(value, Mapping) else ())]
    if all(isinstance(word, str) for word in words):
        return []
    return [f"{path}: names are expected ({field.meaning}), this is {shown(value)}."]


def _tables_faults(value: object, field: Field, path: str) -> list[str]:
    """Return what is wrong with the names; what they stand for is completed by `processes` and `services`."""
    if not isinstance(value, Mapping):
        return [f"{path}: a mapping of names is expected ({field.meaning}), this is {shown(value)}."]
    faults: list[str] = []
    for name, process in value.items():
        where = place_of(name, process)
        if not isinstance(name, str) or (field.form and not field.form.fullmatch(name)):
            hint = suggestion("name", str(name))
            faults.append(Problem(f"{path}.{name}: the name has not the right form. {hint}", where))
        if not isinstance(process, Mapping):
            text = f"{path}.{name}: a mapping is expected, this is {shown(process)}."
            faults.append(Problem(text, where))
    return faults
