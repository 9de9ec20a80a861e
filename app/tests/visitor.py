"""A person with a browser that speaks HTTPS through a proxy, and fills in forms."""

from __future__ import annotations

import html
import re
from pathlib import PurePosixPath

from flask import Flask
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ADDRESS = "203.0.113.7"


class Visitor:
    """Keeps cookies; sends what the last page's form needs."""

    def __init__(self, app: Flask, address: str = ADDRESS) -> None:
        self.client = app.test_client()
        self.headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, headers=self.headers, base_url="https://strongbox.test", **more)

    def post(self, path: str, form: dict[str, object] | None = None, **more: object) -> TestResponse:
        """Send a form with the token of the page that has it."""
        return self.send(path, {"csrf_token": self.token(), **(form or {})}, **more)

    def send(self, path: str, form: dict[str, object], **more: object) -> TestResponse:
        """Send a form as it is."""
        headers = {**self.headers, **dict(more.pop("headers", {}))}
        return self.client.post(path, data=form, headers=headers, base_url="https://strongbox.test", **more)

    def token(self) -> str:
        for page in ("/login", "/account", "/sign-up"):
            found = TOKEN.search(self.get(page).text)
            if found:
                return html.unescape(found.group(1))
        raise AssertionError("no page has a token")

    def signed_up(self, name: str, password: str) -> Visitor:
        answer = self.post("/sign-up", {"name": name, "password": password})
        assert answer.status_code == 302, answer.text
        return self

    def log_in(self, name: str, password: str, path: str = "/login") -> TestResponse:
        return self.post(path, {"name": name, "password": password})

    def keep(self, **record: str) -> str:
        """Add a record; return its id."""
        answer = self.post("/records/new", {"title": "Bank", **record})
        assert answer.status_code == 302, answer.text
        return PurePosixPath(answer.location).name

    def is_logged_in(self) -> bool:
        return self.get("/records").status_code == 200

    def cookie(self) -> str:
        found = self.client.get_cookie("__Host-session", domain="strongbox.test")
        return found.value if found else ""

    def set_cookie(self, value: str) -> None:
        self.client.set_cookie("__Host-session", value, domain="strongbox.test", secure=True)
