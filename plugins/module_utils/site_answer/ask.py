"""Ask a site over HTTPS and wait until it gives the wanted answer."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

HTTPS_PORT = 443
ONE_TRY_S = 10.0
BETWEEN_TRIES_S = 1.0
# Where Cloudflare Access sends visitors who have not logged in.
LOGIN_DOMAIN = ".cloudflareaccess.com"
CLOUDFLARE_TUNNEL_ERROR = 530


@dataclass(frozen=True)
class Question:
    """What to ask whom.

    Args:
        domain: name of the site; SNI and Host.
        address: where to ask instead of where DNS leads; empty asks DNS.
        ca: PEM file of the only authority to believe; empty believes the system's.
        release: release that must answer; empty takes any.
        login_counts: an answer that asks to log in at Cloudflare Access is good, too.
    """

    domain: str
    address: str = ""
    ca: str = ""
    release: str = ""
    login_counts: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back; `trouble` is one sentence about why it is not the wanted one, empty when it is."""

    status: int = 0
    release: str = ""
    guarded: bool = False
    trouble: str = ""


def wait(question: Question, timeout_s: float) -> Answer:
    """Ask until the answer is the wanted one or the time is over; return the last answer."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = ask(question)
        if not answer.trouble or time.monotonic() >= deadline:
            return answer
        time.sleep(BETWEEN_TRIES_S)


def ask(question: Question) -> Answer:
    """Ask once; a failure is an answer with its trouble."""
    if question.ca and not Path(question.ca).is_file():
        return Answer(trouble=f"there is no file {question.ca}, which names the authority to believe")
    try:
        raw = socket.create_connection((question.address or question.domain, HTTPS_PORT), timeout=ONE_TRY_S)
    except socket.gaierror:
        return Answer(trouble=f"{question.domain} does not resolve: its DNS record is missing or not yet known here")
    except OSError as error:
        return Answer(trouble=f"nobody answers on port {HTTPS_PORT} of {question.address or question.domain} ({error})")
    try:
        context = ssl.create_default_context(cafile=question.ca or None)
        with raw, context.wrap_socket(raw, server_hostname=question.domain) as secure:
            return judge(question, *_get(secure, question.domain))
    except ssl.SSLError as error:
        return Answer(trouble=f"no trustworthy certificate for {question.domain} yet ({error.reason})")
    except (OSError, http.client.HTTPException) as error:
        return Answer(trouble=f"the connection to {question.domain} broke ({error})")


def _get(secure: ssl.SSLSocket, domain: str) -> tuple[int, str, str]:
    connection = http.client.HTTPSConnection(domain, timeout=ONE_TRY_S)
    connection.sock = secure
    connection.request("GET", "/", headers={"User-Agent": "slipway", "Connection": "close"})
    answer = connection.getresponse()
    return answer.status, answer.headers.get("X-Release", ""), answer.headers.get("Location", "")


def judge(question: Question, status: int, release: str, location: str) -> Answer:
    """Return the answer that status, X-Release and Location make."""
    host = location.removeprefix("https://").partition("/")[0]
    if host.endswith(LOGIN_DOMAIN):
        trouble = "" if question.login_counts else f"{question.domain} asks to log in at {host}"
        return Answer(status, guarded=True, trouble=trouble)
    trouble = ""
    if status == CLOUDFLARE_TUNNEL_ERROR:
        trouble = f"Cloudflare knows {question.domain}, but its tunnel is not connected (HTTP {status})"
    elif question.login_counts:
        trouble = f"{question.domain} answers without asking who it is (HTTP {status}), though only some may visit"
    elif not release:
        trouble = f"something answers as {question.domain} (HTTP {status}), but not this host: no release is named"
    elif question.release and release != question.release:
        trouble = f"{question.domain} answers with release {release} instead of {question.release}"
    return Answer(status, release, trouble=trouble)
