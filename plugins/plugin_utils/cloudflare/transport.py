"""One request to Cloudflare's API and what its answer means; knows nothing of tunnels."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import cast

from .errors import (
    CloudflareError,
    CloudflareUnavailableError,
    PermissionMissingError,
    RateLimitedError,
    RequestRefusedError,
    TokenRefusedError,
)
from .model import Secret

API_URL = "https://api.cloudflare.com/client/v4"
TIMEOUT_S = 20.0
TRIES = 5
# Waits between tries after a 5xx or silence, in seconds.
BACKOFF_S = (1.0, 2.0, 4.0, 8.0)
# The API's window is five minutes (1,200 requests); nobody waits for longer than one of them in a terminal.
LONGEST_WAIT_S = 300.0
FIRST_SERVER_ERROR = 500
# Codes of the error envelope: https://developers.cloudflare.com/fundamentals/api/troubleshooting/
BAD_TOKEN_CODES = {1000, 6003, 6111}
FORBIDDEN_CODES = {10000, 9109}

Json = dict[str, object]


@dataclass(frozen=True)
class Call:
    """One endpoint in use.

    `action` completes "asked to ..."; `permission` is the token permission it takes, in the words of the dashboard;
    `repeatable` says that a request without an answer may be sent again without doing it twice.
    """

    method: str
    path: str
    action: str
    permission: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    repeatable: bool = True


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing: the next host would be given the token."""


class Transport:
    """Sends calls with a token, waits out limits and outages, and turns refusals into errors with a way out.

    Args:
        token: an API token (not the global key).
        url: where the API is; HTTPS, or HTTP on loopback only.
        timeout_s: longest silence of one request.
        sleep: waits the given seconds.
        say: gets one line whenever the caller has to wait.

    Raises:
        CloudflareError: `url` would send the token in the clear.
    """

    def __init__(
        self,
        token: Secret,
        url: str = API_URL,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = print,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}):
            raise CloudflareError(f"`{url}` is not an https:// address; the API token is not sent there.")
        self._token, self._url, self._timeout_s, self._sleep, self._say = token, url, timeout_s, sleep, say
        self._opener = urllib.request.build_opener(_NoRedirects)

    def send(self, call: Call) -> object:
        """Return the `result` of the answer.

        Raises:
            CloudflareError: one of its children, by kind of refusal.
        """
        said = ""
        for attempt in range(TRIES):
            status, headers, payload = self._once(call)
            if status == http.HTTPStatus.TOO_MANY_REQUESTS:
                self._wait_for_the_limit(call, headers)
                continue
            if 0 < status < FIRST_SERVER_ERROR:
                return _result(call, status, payload)
            said = f"HTTP {status}" if status else str(payload.get("silence"))
            if not call.repeatable:
                raise CloudflareUnavailableError(call.action, said, attempt + 1)
            if attempt < len(BACKOFF_S):
                self._sleep(BACKOFF_S[attempt])
        raise CloudflareUnavailableError(call.action, said or "HTTP 429", TRIES)

    def _wait_for_the_limit(self, call: Call, headers: Mapping[str, str]) -> None:
        asked = headers.get("retry-after", "")
        wait_s = float(asked) if asked.isdigit() else LONGEST_WAIT_S
        if wait_s > LONGEST_WAIT_S:
            raise RateLimitedError(call.action, wait_s)
        self._say(f"Cloudflare limits the rate of requests; going on in {wait_s:.0f} s.")
        self._sleep(wait_s)

    def _once(self, call: Call) -> tuple[int, Mapping[str, str], Json]:
        """Return status, headers (lower-case names) and body; status 0 is silence."""
        query = f"?{urllib.parse.urlencode(call.query)}" if call.query else ""
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            f"{self._url}{call.path}{query}",
            method=call.method,
            data=json.dumps(call.body).encode() if call.body is not None else None,
            headers={"Authorization": f"Bearer {self._token.reveal()}", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                return answer.status, _lowered(answer.headers), _parsed(answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, _lowered(answer.headers), _parsed(answer.read())
        except (OSError, http.client.HTTPException) as error:
            return 0, {}, {"silence": str(error) or type(error).__name__}


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _parsed(body: bytes) -> Json:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _result(call: Call, status: int, payload: Json) -> object:
    if status < http.HTTPStatus.MULTIPLE_CHOICES and payload.get("success") is True:
        return payload.get("result")
    errors = cast("list[Json]", payload.get("errors") or [])
    codes = tuple(cast(int, error.get("code", 0)) for error in errors)
    said = "; ".join(f"{error.get('message')}, code {error.get('code')}" for error in errors) or "no explanation"
    if BAD_TOKEN_CODES & set(codes) or status == http.HTTPStatus.UNAUTHORIZED:
        raise TokenRefusedError(said)
    if FORBIDDEN_CODES & set(codes) or status == http.HTTPStatus.FORBIDDEN:
        raise PermissionMissingError(call.permission, call.action, said)
    raise RequestRefusedError(call.action, status, codes, said)
