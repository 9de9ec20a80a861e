"""Tell a dead-man's URL that a run began, went well or failed: whoever is there misses what never comes."""

from __future__ import annotations

import urllib.request
from typing import Literal

TIMEOUT_S = 10
Moment = Literal["start", "success", "fail"]
# As healthchecks and its likes have it; success is the URL itself.
SUFFIXES: dict[Moment, str] = {"start": "/start", "success": "", "fail": "/fail"}


def ping(url: str, moment: Moment, said: str = "") -> str:
    """Tell it; returns a warning where nobody heard, for a good run is good without a listener."""
    if not url:
        return ""
    request = urllib.request.Request(url.rstrip("/") + SUFFIXES[moment], data=said.encode() or None)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - preflight takes https:// only
            answer.read(1)
    except (OSError, ValueError) as error:
        return f"warning: the ping of {moment} was not heard: {error}"
    return ""
