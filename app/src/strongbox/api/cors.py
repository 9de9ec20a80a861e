"""Which sites' scripts may call the API: none, unless listed (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from flask import Flask, Response, request

from strongbox.same_site import API
from strongbox.services import services

PREFLIGHT_SECONDS = "600"


def install(app: Flask) -> None:
    """Tell browsers that the listed sites may read the API's answers."""

    @app.after_request
    def allow_listed_sites(response: Response) -> Response:
        if not request.path.startswith(API):
            return response
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in services().settings.cors_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
        return response
