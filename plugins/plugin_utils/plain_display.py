"""Ansible's screen without control characters of others: a host, an app or a module may have put them into a text."""

from __future__ import annotations

import functools
import re
from typing import Any

from ansible import constants as C  # noqa: N812 - Ansible's own name for it

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain

GUARDED = "_slipway_guarded"


def guard(display: Any) -> None:
    """Make all that Ansible displays and logs from now on plain; its own colours stay.

    Ansible prints the message of a failed task to the terminal as it is. There is one display per process, which all
    callbacks, warnings and errors go through. JSON for programs has
    none: whatever is not printable ASCII is escaped there.

    Args:
        display: Ansible's, which is untyped.
    """
    if getattr(display, GUARDED, False):
        return
    shown = display.display

    def plainly(msg: object, *args: Any, **kwargs: Any) -> Any:
        return shown(plain_but_colours(str(msg)), *args, **kwargs)

    display.display = plainly
    setattr(display, GUARDED, True)


def plain_but_colours(text: str) -> str:
    """Return a text with its control characters written out, but for the colours that Ansible itself uses."""
    return "".join(part if at % 2 else plain(part) for at, part in enumerate(_colours().split(text)))


@functools.cache
def _colours() -> re.Pattern[str]:
    codes = {"0", *(re.escape(str(code)) for code in C.COLOR_CODES.values())}
    return re.compile(rf"(\x1b\[(?:{'|'.join(sorted(codes))})m)")
