"""A job that must not go on: what is wrong, the value, where to change it, the next command."""

from __future__ import annotations

from dataclasses import dataclass

EXIT_REFUSED = 2


@dataclass(eq=False)
class RefusalError(Exception):
    """Input of a job is wrong; nothing was touched. `value` never holds a secret."""

    what: str
    value: str
    where: str
    next: str

    def __str__(self) -> str:
        return f"refused: {self.what}\n  value: {self.value}\n  where: {self.where}\n  next:  {self.next}"


class NoHostError(RefusalError):
    """The inventory names no host: there is nobody to ask."""
