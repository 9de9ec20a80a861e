"""Forms are sent from our own pages only: the second line behind the CSRF tokens.

https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/"
"""Takes bearer tokens only, which a browser never sends by itself."""


def install(app: Flask) -> None:
    """Refuse unsafe requests that a browser says come from another site."""

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method in SAFE_METHODS or request.path.startswith(API):
            return
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site is not None:
            allowed = site in {"same-origin", "none"}
        else:
            allowed = origin is None or urlsplit(origin).netloc == request.host
        if not allowed:
            raise Forbidden("This form was sent from another site, so nothing was done.")
