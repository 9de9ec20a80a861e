"""A mistake in the code: visitors get an apology without details, a developer the exception itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.visitor import Visitor


def mistaken(app: Flask) -> TestResponse:
    app.add_url_rule("/mistake", view_func=lambda: str(1 // 0))
    return Visitor(app).get("/mistake")


def test_a_visitor_gets_an_apology_that_shows_nothing_of_the_code(app: Flask) -> None:
    answer = mistaken(app)
    assert answer.status_code == 500
    assert "it was noted" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_a_developer_gets_the_exception(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        mistaken(make_app())
