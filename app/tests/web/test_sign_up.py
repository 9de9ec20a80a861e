"""Opening accounts: how often one network may try, and what comes first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from strongbox.accounts import directory
from tests.conftest import STRONG
from tests.visitor import Visitor


def test_every_attempt_counts_however_it_ends(make_app: Callable[..., Flask]) -> None:
    visitor = Visitor(make_app(sign_ups_per_hour=4))
    attempts = [("anna", STRONG), ("anna", STRONG), ("ben", "short"), ("", ""), ("carl", STRONG)]
    answers = []
    for name, password in attempts:
        answers.append(visitor.post("/sign-up", {"name": name, "password": password}).status_code)
        visitor.post("/logout")
    assert answers == [302, 409, 422, 422, 429]


def test_a_class_of_thirty_behind_one_address_gets_in_with_its_mistakes(app: Flask) -> None:
    for number in range(30):
        student = Visitor(app)
        assert student.post("/sign-up", {"name": f"student{number}", "password": "too short"}).status_code == 422
        assert student.post("/sign-up", {"name": "student0", "password": "no"}).status_code in {409, 422}
        student.signed_up(f"student{number}", STRONG)


def test_another_network_has_attempts_of_its_own(make_app: Callable[..., Flask]) -> None:
    app = make_app(sign_ups_per_hour=1)
    Visitor(app).signed_up("anna", STRONG)
    Visitor(app, "198.51.100.9").signed_up("ben", STRONG)


def test_whether_the_name_is_free_is_asked_before_the_password_is_looked_at(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "require_strong", lambda *_: pytest.fail("it was looked at"))
    assert Visitor(app).post("/sign-up", {"name": "anna", "password": STRONG}).status_code == 409
