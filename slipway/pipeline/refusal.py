"""A job that must not go on: what is wrong, the value, where to change it, the next command."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain

EXIT_REFUSED = 2


@dataclass(eq=False)
class RefusalError(Exception):
    """Input of a job is wrong; nothing was touched. `value` never holds a secret."""

    what: str
    value: str
    where: str
    next: str

    def __str__(self) -> str:
        """Return the four lines; what a server or a stranger said can't steer the terminal."""
        what, value, where, command = map(plain, (self.what, self.value, self.where, self.next))
        return f"refused: {what}\n  value: {value}\n  where: {where}\n  next:  {command}"


class NoHostError(RefusalError):
    """The inventory names no host: there is nobody to ask."""
