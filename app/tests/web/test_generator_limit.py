"""The generator is open to everybody, so it has a limit, which its page and the API share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.visitor import ADDRESS, Visitor

PER_MINUTE = 120
ONE = {"length": "20", "lower": "1", "upper": "1", "digits": "1", "symbols": "1"}


@pytest.fixture
def attempt(app: Flask) -> Callable[[str], int]:
    visitor = Visitor(app)
    token = visitor.token()

    def attempt(way: str) -> int:
        if way == "page":
            return visitor.send("/", {**ONE, "csrf_token": token}).status_code
        headers = {"X-Forwarded-For": ADDRESS}
        return visitor.client.post("/api/v1/passwords", json={}, headers=headers).status_code

    return attempt


@pytest.mark.parametrize("way", ["page", "program"])
def test_whoever_asks_too_often_waits_in_both_ways(attempt: Callable[[str], int], way: str) -> None:
    answers = [attempt(way) for _ in range(PER_MINUTE)]
    assert answers == [200] * PER_MINUTE
    assert [attempt("page"), attempt("program")] == [429, 429]
