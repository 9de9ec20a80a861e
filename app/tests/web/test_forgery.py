"""Forms from elsewhere."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.visitor import Visitor

SOME_ID = "00000000-0000-4000-8000-000000000000"


def forms(app: Flask) -> list[str]:
    """All routes that change something for a person with a browser; the API takes no cookies."""
    rules = [rule for rule in app.url_map.iter_rules() if {"POST", "PUT", "DELETE"} & (rule.methods or set())]
    return sorted(
        re.sub(r"<uuid:[^>]+>", SOME_ID, rule.rule).replace("<int:number>", "1")
        for rule in rules
        if not rule.rule.startswith("/api/") and rule.endpoint != "generator.generate"
    )


def test_the_generator_alone_needs_no_token_because_it_has_nothing_to_forge(app: Flask) -> None:
    assert forms(app) == [
        "/account/delete",
        "/account/log-out-others",
        "/account/password",
        "/login",
        "/logout",
        f"/records/{SOME_ID}/delete",
        f"/records/{SOME_ID}/edit",
        f"/records/{SOME_ID}/history/1/restore",
        "/records/new",
        "/sign-up",
        "/transfer/bring-back",
        "/transfer/copy",
        "/transfer/export",
        "/transfer/import",
        "/transfer/import/confirm",
    ]


def test_a_form_without_its_token_is_refused_everywhere(app: Flask, anna: Visitor) -> None:  # P-06
    answers = {path: anna.send(path, {}).status_code for path in forms(app)}
    assert answers == dict.fromkeys(forms(app), 403)


# P-06
def test_a_form_with_somebody_elses_token_is_refused_everywhere(app: Flask, anna: Visitor, ben: Visitor) -> None:
    token = ben.token()
    answers = {path: anna.send(path, {"csrf_token": token}).status_code for path in forms(app)}
    assert answers == dict.fromkeys(forms(app), 403)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Origin": "https://strongbox.test"}, 302),
    ],
)
def test_a_browser_that_says_a_form_is_from_elsewhere_is_believed(
    anna: Visitor, headers: dict[str, str], status: int
) -> None:
    assert anna.post("/logout", headers=headers).status_code == status
