"""A program that uses the API."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import STRONG
from tests.visitor import Visitor


class Program:
    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.tokens: dict[str, str] = {}

    def log_in(self, name: str, password: str = STRONG) -> TestResponse:
        answer = self.call("POST", "/tokens", {"name": name, "password": password})
        self.tokens = answer.json or {}
        return answer

    def call(self, method: str, path: str, content: object = None, token: str | None = None) -> TestResponse:
        access = token if token is not None else self.tokens.get("access_token", "")
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        return self.client.open(f"/api/v1{path}", method=method, json=content, headers=headers)


@pytest.fixture
def program(app: Flask, anna: Visitor) -> Program:
    program = Program(app)
    assert program.log_in("anna").status_code == 201
    return program


@pytest.fixture
def other(app: Flask, ben: Visitor) -> Program:
    program = Program(app)
    program.log_in("ben")
    return program
