"""What the person in front of the terminal sees: the address with its code, then one line that lives."""

from __future__ import annotations

import io
import sys
import time
from typing import TextIO

import segno

MINUTE_S = 60
HOUR_S = 3600


def code(url: str) -> str:
    """Return the address as a QR code of half-block characters, for a phone's camera."""
    drawn = io.StringIO()
    segno.make(url, error="l").terminal(out=drawn, compact=True, border=2)
    return drawn.getvalue()


def duration(seconds: float) -> str:
    """Return h:mm:ss."""
    whole = int(seconds)
    return f"{whole // HOUR_S}:{whole % HOUR_S // MINUTE_S:02}:{whole % MINUTE_S:02}"


class Screen:
    """Writes to a terminal, or plain lines to anything else."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out, self._tty, self._since, self._live = out, out.isatty(), time.monotonic(), ""

    def show(self, url: str, shown: str) -> None:
        """Print the address; from now on it is up."""
        self._since = time.monotonic()
        self.say(f"{url}  shows {shown}. Ctrl-C closes it.")
        if self._tty:
            self.say(code(url))

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._clear()
        print(line, file=self._out, flush=True)

    def live(self, state: str) -> None:
        """Renew the line that lives; where the output is a file, print it only when it changed."""
        if self._tty:
            self._clear()
            self._out.write(f"{state}, up {duration(time.monotonic() - self._since)}")
            self._out.flush()
        elif state != self._live:
            print(state, file=self._out, flush=True)
        self._live = state

    def _clear(self) -> None:
        if self._tty:
            self._out.write("\r\x1b[2K")
