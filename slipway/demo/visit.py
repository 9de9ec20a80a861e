"""Look at the app as a visitor would, and say what a person wants to know about the answer."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass

from slipway.demo.errors import DemoError
from slipway.rig.visitor import Visitor

PATIENCE_S = 300  # a run that takes longer has failed by itself and says why


@dataclass(frozen=True)
class Visit:
    """An answer over HTTPS, whose certificate was verified."""

    url: str
    status: int
    http: str
    size_bytes: int
    release: str
    issuer: str
    expires: str


class FirstAnswer(threading.Thread):
    """Waits, from outside, for the first answer 200."""

    def __init__(self, visitor: Visitor, url: str) -> None:
        super().__init__(daemon=True)
        self._visitor, self._url = visitor, url
        self._at = 0.0

    def run(self) -> None:
        """Ask five times a second."""
        ask = f"until curl --silent --fail --max-time 5 --output /dev/null {self._url}; do sleep 0.2; done"
        self._visitor.exec(["timeout", str(PATIENCE_S), "sh", "-c", ask])
        self._at = time.monotonic()

    def wait(self) -> float:
        """Return when it came, in the time of time.monotonic().

        Raises:
            DemoError: it did not come.
        """
        self.join(PATIENCE_S)
        if not self._at:
            raise DemoError(f"{self._url} never answered 200 to a visitor outside.")
        return self._at


def visit(visitor: Visitor, url: str) -> Visit:
    """Ask for a page, trusting only the test authority's root.

    Raises:
        DemoError: there is no answer, or its certificate is not good.
    """
    answer = visitor.curl(url, "--dump-header", "-", "--output", "/dev/null", "--write-out", "\n%{json}\n%{certs}")
    if answer.returncode:
        raise DemoError(f"{url} does not answer: {answer.stderr.strip()}")
    return parse(url, answer.stdout)


def parse(url: str, output: str) -> Visit:
    """Read what curl wrote: headers, one line of JSON, certificates (curl(1), --write-out)."""
    headers, _, rest = output.replace("\r\n", "\n").partition("\n\n")
    facts = json.loads(next(row for row in rest.splitlines() if row.startswith("{")))
    return Visit(
        url=url,
        status=int(facts["http_code"]),
        http=str(facts["http_version"]),
        size_bytes=int(facts["size_download"]),
        release=_first(r"^x-release: (.+)$", headers),
        issuer=_first(r"^Issuer:.*?CN ?= ?([^,\n]+)", rest),
        expires=_first(r"^Expire date:(.+)$", rest),
    )


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
    return found.group(1).strip() if found else "unknown"
