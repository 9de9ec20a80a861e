"""Where somebody is logged in, and how to end it."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from strongbox.services import Services
from tests.api.conftest import Program
from tests.conftest import STRONG, Clock
from tests.visitor import Visitor


def test_all_other_sessions_are_listed_and_can_be_ended(
    app: Flask, anna: Visitor, ben: Visitor, program: Program, other: Program, clock: Clock
) -> None:
    clock.forward(timedelta(minutes=2))
    phone = Visitor(app)
    phone.log_in("anna", STRONG)
    page = phone.get("/account").text
    assert page.count("A browser") == 2
    assert page.count("A browser, this one: since 21 November 2026, 09:02 UTC, last used 21 November, 09:02") == 1
    assert page.count("A program: since 21 November 2026, 09:00 UTC") == 1
    assert phone.post("/account/log-out-others").location == "/account"
    assert phone.is_logged_in()
    assert not anna.is_logged_in()
    assert program.call("GET", "/records").status_code == 401
    assert ben.is_logged_in()
    assert other.call("GET", "/records").status_code == 200
    assert phone.get("/account").text.count("A browser") == 1


def test_the_list_of_sessions_is_bounded_and_holds_none_that_is_over(
    anna: Visitor, parts: Services, clock: Clock
) -> None:
    (account,) = parts.directory.accounts()
    for _ in range(30):
        parts.sessions.start(account.id, "refresh")
    page = anna.get("/account").text
    assert page.count("<li>A ") == 20
    assert "and 11 more." in page
    for _ in range(2):  # she goes on, the others are idle
        clock.forward(timedelta(minutes=20))
        page = anna.get("/account").text
    assert page.count("<li>A ") == 1
