"""Ask the app as a browser here does: by name, over HTTPS, with the local CA trusted and nothing else."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from .ports import ADDRESS

ANSWER_TIMEOUT_S = 15  # longer than Caddy waits for an app that starts (render.START_S): its own word is the better one
ASK_EVERY_S = 0.1


@dataclass(frozen=True)
class Visit:
    """A page, and what makes asking for it safe: the name in its certificate and the one authority that counts."""

    path: str
    domain: str
    port: int
    authority: Path


def wait(visit: Visit, patience_s: float, alive: Callable[[], bool]) -> str:
    """Ask until the answer is good or Caddy is gone; return the last: `200`, another status, or why there is none."""
    deadline = time.monotonic() + patience_s
    answer = "no answer"
    while time.monotonic() < deadline and answer != str(HTTPStatus.OK.value):
        if not alive():
            return "Caddy has ended"
        time.sleep(ASK_EVERY_S)
        answer = ask(visit, min(ANSWER_TIMEOUT_S, max(ASK_EVERY_S, deadline - time.monotonic())))
    return answer


def ask(visit: Visit, timeout_s: float) -> str:
    """Return the status of a page, or why there is none after `timeout_s`.

    The address is loopback's: not every resolver knows names below `localhost`, browsers do by themselves.
    """
    try:
        context = ssl.create_default_context(cafile=str(visit.authority))
        with (
            socket.create_connection((ADDRESS, visit.port), timeout=timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=visit.domain) as secured,
        ):
            connection = http.client.HTTPConnection(visit.domain, visit.port)
            connection.sock = secured
            connection.request("GET", visit.path)
            return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error)
