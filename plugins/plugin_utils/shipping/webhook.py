"""Tell a chat or a dashboard what was released: the audit line, as JSON, from the control machine."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

TIMEOUT_S = 5.0


def tell(url: str, entry: Mapping[str, object]) -> str:
    """POST the entry; returns what came of it. A deaf listener never makes a release fail."""
    if not url.startswith(("https://", "http://")):
        return f"not sent: app_webhook must begin with https:// or http://, this is {url[:20]!r}"
    body = json.dumps(entry).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
            return f"sent, {answer.status}"
    except (urllib.error.URLError, OSError, ValueError) as error:
        return f"not sent: {error}"
