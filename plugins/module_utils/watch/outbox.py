"""Messages on their way: each stays until every way that is declared has taken it, or until it is too old to matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .config import Way
from .message import Message

# A receiver that is away for a weekend gets what happened; one that is away for good costs no disk.
MOST = 200

Send = Callable[[Way, Message], str]


@dataclass(frozen=True)
class Letter:
    """A message, and the ids of the ways that have not taken it yet."""

    message: Message
    left: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"message": asdict(self.message), "left": list(self.left)}


def restored(told: object) -> list[Letter]:
    """Return the letters that were written down; damaged ones are forgotten."""
    letters = []
    for each in told if isinstance(told, list) else []:
        try:
            letters.append(Letter(Message(**each["message"]), tuple(str(one) for one in each["left"])))
        except (KeyError, TypeError):
            continue
    return letters


def with_new(letters: Sequence[Letter], message: Message, ways: Iterable[Way]) -> list[Letter]:
    """Return the letters and one more, for all ways; the oldest go where there are too many."""
    return [*letters, Letter(message, tuple(way.id for way in ways))][-MOST:]


def sent(letters: Sequence[Letter], ways: Iterable[Way], send: Send) -> tuple[list[Letter], dict[str, str]]:
    """Send what waits, the oldest first; return what is left, and why by the names of ways that took nothing.

    A way that refuses one gets no other now: its messages stay in their order. What was for a way that is not declared
    any more goes.
    """
    known: Mapping[str, Way] = {way.id: way for way in ways}
    refused: dict[str, str] = {}
    left = []
    for letter in letters:
        waiting = []
        for name in letter.left:
            if name not in known:
                continue
            if name not in refused:
                why = send(known[name], letter.message)
                if not why:
                    continue
                refused[name] = why
            waiting.append(name)
        if waiting:
            left.append(replace(letter, left=tuple(waiting)))
    return left, {known[name].name: why for name, why in refused.items()}
