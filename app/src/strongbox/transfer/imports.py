"""From a table to records: as much as can be kept is kept, and what becomes of the rest is said beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

from marshmallow import ValidationError

from strongbox.exceptions import Invalid
from strongbox.one_time_code import seed_of
from strongbox.schemas import RecordSchema
from strongbox.transfer import decoding, table
from strongbox.vault.record import FIELDS, Draft

SAYS_NOTHING = {"type": "login", "reprompt": "0", "favorite": "false", "fav": "0", "archived": "false", "icon": "0"}
"""What other programs write into every line, and nobody misses in the notes."""

MOVABLE = {"username": "User name", "url": "Address", "otp": "One-time code", "tags": "Tags"}
"""What can be in the notes where it can't be in its own field, and what it is called there."""

TITLE_LENGTH = 200


@dataclass
class Import:
    """What a file holds.

    Attributes:
        drafts: what can be kept, in the file's order.
        lines: how many records the file has.
        unknown: names of columns whose content goes into the notes.
        moved: by line, what goes into the notes because its own field can't hold it, and why.
        refused: by line, why it can't be kept.
    """

    drafts: list[Draft] = field(default_factory=list)
    lines: int = 0
    unknown: list[str] = field(default_factory=list)
    moved: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether every value has a field of its own, so that there is nothing to decide."""
        return not (self.unknown or self.moved or self.refused)


def read(content: bytes) -> Import:
    """Read a file.

    Raises:
        Invalid: nothing in it can be read.
    """
    found = table.read(decoding.decode(content))
    result = Import(lines=len(found.rows))
    for row in found.rows:
        values, rest = _values(found, row)
        result.unknown.extend(name for name, _ in rest if name not in result.unknown)
        values["notes"] = _joined(str(values["notes"]), rest)
        try:
            draft, remark = fitted(values)
        except ValidationError as problem:
            result.refused[row.line] = _sentence(problem)
            continue
        result.drafts.append(draft)
        if remark:
            result.moved[row.line] = remark
    return result


def _values(found: table.Table, row: table.Row) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """Return what a row says by field, and what it says beyond that: name of the column and content."""
    cells = dict(enumerate(row.cells))
    values: dict[str, object] = {}
    for name in FIELDS:
        at = next((number for number in found.columns_of(name) if cells.get(number)), None)
        values[name] = cells.pop(at) if at is not None else ""
    values["title"] = values["title"] or values["url"] or "Untitled"
    tags = str(values["tags"])
    # A tag may hold a semicolon, and other programs separate tags with it.
    parts = (tags if found.ours else tags.replace(";", ",")).split(",")
    values["tags"] = list(dict.fromkeys(tag.strip() for tag in parts if tag.strip()))
    names = [name.strip() or "more" for name in found.header]
    rest = [(names[number] if number < len(names) else "more", text) for number, text in cells.items() if text]
    return values, [(name, text) for name, text in rest if SAYS_NOTHING.get(name.casefold()) != text.casefold()]


def fitted(values: dict[str, object]) -> tuple[Draft, str]:
    """Return what can be kept, and what had to go into the notes.

    Args:
        values: by field; all of text but `tags`, a list. Changed on the way.

    Raises:
        ValidationError: not even so.
    """
    remarks: list[tuple[str, str, str]] = []
    title = str(values["title"])
    if len(title) > TITLE_LENGTH:
        remarks.append(("Title", title, f"it is longer than {TITLE_LENGTH} characters"))
        values["title"] = title[:TITLE_LENGTH]
    try:
        values["otp"] = seed_of(str(values["otp"]))
    except Invalid as problem:
        remarks.append((MOVABLE["otp"], str(values["otp"]), problem.message))
        values["otp"] = ""
    try:
        RecordSchema().load(values)
    except ValidationError as problem:
        for name in MOVABLE.keys() & problem.messages_dict.keys():
            given = values[name]
            text = ", ".join(given) if isinstance(given, list) else str(given)
            remarks.append((MOVABLE[name], text, _sentence(ValidationError({name: problem.messages_dict[name]}))))
            values[name] = [] if isinstance(given, list) else ""
    values["notes"] = _joined(str(values["notes"]), [(name, text) for name, text, _ in remarks])
    draft: Draft = RecordSchema().load(values)
    return draft, " ".join(f"{name}: {_ended(reason)}" for name, _, reason in remarks)


def _joined(notes: str, more: list[tuple[str, str]]) -> str:
    lines = [f"{name}: {text}" for name, text in more]
    return "\n".join([notes, *lines] if notes else lines)


def _sentence(problem: ValidationError) -> str:
    """Say what is wrong with which field, without its content: that may be a secret."""
    return " ".join(f"{name}: {_ended(_first(found))}" for name, found in problem.messages_dict.items())


def _first(found: object) -> str:
    while isinstance(found, dict | list):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return str(found)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."
