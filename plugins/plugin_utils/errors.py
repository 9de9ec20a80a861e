"""The one error of what runs on the control machine: what is wrong, the value, where to change it, the next command."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain

FAILED = 1
REFUSED = 2
UNKNOWN = 3
INTERRUPTED = 130  # what shells report for Ctrl-C


class SlipwayError(Exception):
    """Something that only the user can decide or mend. The message is ready to print and never holds a secret.

    `exit_code` is that of the command: 1 it failed, 2 it was refused before anything was touched, 3 what it was to find
    out is not known.
    """

    exit_code = FAILED
    head = ""

    def __init__(self, what: str, value: str = "", where: str = "", next: str = "") -> None:  # noqa: A002 - its label
        self.what, self.value, self.where, self.next = what, value, where, next
        super().__init__(what, value, where, next)

    def __str__(self) -> str:
        """Return a line for each part that is there; what a server or a stranger wrote can't steer the terminal."""
        labelled = (("value:", self.value), ("where:", self.where), ("next: ", self.next))
        lines = [f"{self.head}{self.what}", *(f"  {label} {text}" for label, text in labelled if text)]
        text: str = plain("\n".join(lines))
        return text


class RefusalError(SlipwayError):
    """The input is wrong; nothing was touched."""

    exit_code = REFUSED
    head = "refused: "


class UnknownError(SlipwayError):
    """What a command was to find out is not known: no host was asked, or none answered."""

    exit_code = UNKNOWN


class NoHostError(RefusalError):
    """The inventory names no host: there is nobody to ask."""

    exit_code = UNKNOWN
