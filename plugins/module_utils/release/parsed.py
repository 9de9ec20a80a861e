"""Records as they were written: what a crash or a hand left of a file is taken for what it is, or for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Kind = TypeVar("Kind")

# Annotations of the records' fields, as they are written there.
FORMS: Mapping[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "bool": bool, "str": str}


def parsed(kind: type[Kind], found: Mapping[str, object] | None, **allowed: tuple[str, ...]) -> Kind | None:
    """Return the record that a mapping holds, None where a field is missing, unknown or of another type.

    Args:
        kind: a dataclass.
        found: what was read, None where nothing was.
        allowed: the values that a field may have, where not every text will do.
    """
    known: dict[str, Any] = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if found is None or found.keys() - known.keys():
        return None
    if [name for name, each in known.items() if name not in found and each.default is each.default_factory is MISSING]:
        return None
    if not all(_fits(str(known[name].type), value) for name, value in found.items()):
        return None
    if [name for name, values in allowed.items() if name in found and found[name] not in values]:
        return None
    return kind(**found)


def _fits(annotation: str, value: object) -> bool:
    if annotation.startswith("Mapping"):
        return isinstance(value, Mapping)
    form = FORMS.get(annotation, str)
    return isinstance(value, form) and (form is bool or not isinstance(value, bool))
