"""What holds for every request: an id, a line in the log, and headers."""

from __future__ import annotations

import re
import time
import uuid

from flask import Flask, Response, g, request

from app.logs import REQUEST_ID, log

TAKEN_OVER = re.compile(r"[A-Za-z0-9-]{8,64}")
"""What is taken over from the proxy's X-Request-Id; anything else is replaced."""
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def install(app: Flask) -> None:
    """Do so for all requests of an app."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        REQUEST_ID.set(given if TAKEN_OVER.fullmatch(given) else uuid.uuid4().hex)
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = REQUEST_ID.get()
        response.headers["X-Content-Type-Options"] = "nosniff"
        if response.is_json:
            response.headers["Cache-Control"] = "no-store"
        log(
            "request",
            method=request.method if request.method in METHODS else "other",
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        REQUEST_ID.set("")
