"""Every failure becomes a clear answer: a page for people, JSON for programs, never a traceback."""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from strongbox import bodies
from strongbox.exceptions import DiskFull, Refused, StrongboxError
from strongbox.logs import LOGGER, log
from strongbox.same_site import API
from strongbox.web import unsaved

TITLES = {
    400: "That did not make sense",
    401: "Please log in",
    403: "That is not allowed",
    404: "There is nothing here",
    405: "That is not possible here",
    413: "That is too large",
    429: "Too many attempts",
    503: "Just a moment",
    507: "The disk is full",
}
SENTENCES = {
    404: "Perhaps the address is mistyped, or the record was deleted.",
    429: "For your protection there is a pause now. Try again in a few minutes.",
}


def install(app: Flask) -> None:
    """Handle what is raised on purpose, what Werkzeug raises, and what nobody expected."""
    app.register_error_handler(StrongboxError, _on_purpose)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _accounts_database)
    app.register_error_handler(OSError, _file)
    if not app.debug:  # a developer gets the debugger's page
        app.register_error_handler(Exception, _unexpected)


def _on_purpose(error: StrongboxError) -> ResponseReturnValue:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log("failure", level=logging.ERROR, kind=type(error).__name__, message=error.message)
    answer = _answer(error.status, error.message)
    if isinstance(error, Refused):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "5"
    return answer


def _forged(_: CSRFError) -> ResponseReturnValue:
    return unsaved.rescue() or _answer(
        HTTPStatus.FORBIDDEN, "This form is out of date, or not from here. Load the page again and retry."
    )


def _wrong_host(_: SecurityError) -> ResponseReturnValue:
    """Answer without a page: it would have links, and those need a host."""
    return "This Strongbox does not answer to that name.\n", HTTPStatus.BAD_REQUEST, {"Content-Type": "text/plain"}


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    details = getattr(error, "data", {}).get("messages", {})
    answer = _answer(status, _sentence(status) or error.description or status.phrase, details)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _sentence(status: HTTPStatus) -> str | None:
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return f"At most {bodies.limit() // bodies.KIB} KiB in {bodies.MAX_FORM_PARTS} fields can be sent here."
    return SENTENCES.get(status)


def _accounts_database(error: OperationalError) -> ResponseReturnValue:
    g.setdefault("logged_in", None)
    if "full" in str(error.orig):
        return _on_purpose(DiskFull())
    return _unexpected(error)


def _file(error: OSError) -> ResponseReturnValue:
    g.setdefault("logged_in", None)
    return _on_purpose(DiskFull()) if error.errno == errno.ENOSPC else _unexpected(error)


def _unexpected(error: Exception) -> ResponseReturnValue:
    LOGGER.error("unexpected", exc_info=error)
    g.setdefault("logged_in", None)  # the page must not ask again what may just have failed
    sentence = f"This is our fault, and it was noted. If you ask for help, name this: {g.get('request_id', 'no id')}."
    return _answer(HTTPStatus(InternalServerError.code), sentence)


def _answer(status: HTTPStatus, sentence: str, details: object = None) -> Response:
    if request.path.startswith(API):
        content = {"code": int(status), "status": status.phrase, "message": sentence}
        answer = jsonify({**content, "errors": details} if details else content)
    else:
        title = TITLES.get(status, "Something went wrong")
        answer = make_response(render_template("error.html", title=title, sentence=sentence))
    answer.status_code = status
    return answer
