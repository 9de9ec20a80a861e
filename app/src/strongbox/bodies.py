"""What a request may carry, looked at before anything is parsed: little, unless it keeps a record or brings a file.

What is refused here costs its sender's bandwidth and nothing else. It comes before the limits of attempts too: a body
that fails while those count would make Flask-Limiter believe that its storage is broken.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import IO, Any

from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from strongbox.same_site import API
from strongbox.services import services
from strongbox.settings import Settings
from strongbox.vault.ceiling import MIB
from strongbox.web.identity import current_user

KIB = 1024
SMALL = 16 * KIB
"""Bytes: names, passwords, policies, tokens."""

OF_A_RECORD = 512 * KIB
"""Bytes: each character of the longest record may take 12 of them, escaped."""

OF_A_FILE = 2 * KIB * KIB
"""Bytes: the largest import."""

MAX_FORM_PARTS = 50

CARRIES_A_RECORD = "account.login_post"
"""A session that ended while somebody typed: what was typed goes along with the login."""

BRING_BACK = "transfer.bring_back"
BESIDE_A_COPY_MIB = 4
"""An encrypted copy is about as large as its vault, and its form is a little larger."""

CHUNK = 64 * KIB
URL_ENCODED = "application/x-www-form-urlencoded"


class BoundedJson(DefaultJSONProvider):
    """JSON as Flask reads it; what Python can't hold is as malformed as what is not JSON."""

    def loads(self, s: str | bytes, **more: Any) -> Any:
        """Parse.

        Raises:
            ValueError: it is not JSON, is nested too deeply, or has a number of thousands of digits.
        """
        try:
            return super().loads(s, **more)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class FilesBesideTheData(Request):
    """Flask's request; an encrypted copy that is sent waits on the disk of the data, for `/tmp` may be small memory."""

    def _get_file_stream(self, *given: Any, **more: Any) -> IO[bytes]:
        """Return where to write a file that is sent; when it is closed, it is gone."""
        if self.endpoint == BRING_BACK:
            self._beside: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115 - `close` does it
                dir=services().settings.data_dir
            )
            return self._beside
        return super()._get_file_stream(*given, **more)

    def close(self) -> None:
        """Close what was sent, even if it did not come to its end."""
        super().close()
        if hasattr(self, "_beside"):
            with suppress(OSError):  # what was not written yet, on a full disk
                self._beside.close()


def install(app: Flask) -> None:
    """Refuse what is too large, and what is not of the kind that its address takes."""
    app.request_class = FilesBesideTheData
    app.json = BoundedJson(app)
    app.config.update(MAX_CONTENT_LENGTH=OF_A_FILE, MAX_FORM_MEMORY_SIZE=OF_A_FILE, MAX_FORM_PARTS=MAX_FORM_PARTS)
    app.before_request(_look)


def limit() -> int:
    """Return how many bytes this request may carry."""
    if request.endpoint == BRING_BACK and current_user():
        return of_a_copy(services().settings)
    if request.blueprint == "transfer":
        return OF_A_FILE
    if request.endpoint == CARRIES_A_RECORD or (request.blueprint or "").casefold() == "records":
        return OF_A_RECORD
    return SMALL


def of_a_copy(settings: Settings) -> int:
    """Return how many bytes a form with an encrypted copy may have. Caddy passes on as much (`max_body_mib`)."""
    return (settings.vault_mib + BESIDE_A_COPY_MIB) * MIB


def _look() -> None:
    request.max_content_length = limit()
    if (request.content_length or 0) > request.max_content_length:
        _discard(request.content_length or 0)
        raise RequestEntityTooLarge
    if request.mimetype == "multipart/form-data":  # read as a stream, into a file
        return
    body = request.get_data()
    if request.mimetype == URL_ENCODED and body.count(b"&") >= MAX_FORM_PARTS:
        raise RequestEntityTooLarge
    if body and request.path.startswith(API):
        _require_json()


def _discard(length: int) -> None:
    """Take in a refused body, as much as Caddy passes on: an answer to who is still sending gets lost."""
    left = min(length, of_a_copy(services().settings))
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(CHUNK, left))):
        left -= len(chunk)


def _require_json() -> None:
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, and say so: `Content-Type: application/json`.")
    try:
        request.get_json()
    except BadRequest:
        raise BadRequest("The body is not JSON that can be read.") from None
