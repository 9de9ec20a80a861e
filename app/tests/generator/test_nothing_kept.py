"""A generated password is nowhere but in the answer (R3.2)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from strongbox.generator.generate import Made
from strongbox.logs import JsonLines
from strongbox.settings import Settings
from strongbox.web import generator
from tests.visitor import Visitor

CANARY = "CanaryThatMustNotBeFound-123"


def test_a_generated_password_is_in_no_file_log_cookie_address_or_environment(
    anna: Visitor, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "make_password", lambda _: Made(CANARY, 99))
    for visitor in (anna, Visitor(anna.client.application)):
        answer = visitor.send("/", {"length": "20", "lower": "1", "upper": "1", "digits": "1", "symbols": "1"})
        assert answer.text.count(CANARY) == 1
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert CANARY not in str(answer.headers)
        assert CANARY not in visitor.get("/").text
    assert "Set-Cookie" not in answer.headers
    kept = [path for path in settings.data_dir.parent.rglob("*") if path.is_file()]
    assert len(kept) > 3
    assert [path for path in kept if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in "".join(JsonLines().format(record) for record in caplog.records)
    assert CANARY.encode() not in Path("/proc/self/environ").read_bytes()
    assert CANARY not in str(os.environ)


def test_the_generator_does_not_answer_to_an_address_with_a_policy_in_it(anna: Visitor) -> None:
    page = anna.get("/", query_string={"length": "20", "lower": "1"})
    assert 'id="made"' not in page.text


@pytest.mark.parametrize("wish", [{"length": "7"}, {"digits": "x"}, {"digits": "99"}, {"lower": ""}])
def test_a_policy_that_can_not_be_met_is_said_and_what_was_typed_stays(anna: Visitor, wish: dict[str, str]) -> None:
    form = {"length": "21", "lower": "1", "upper": "1", "digits": "1", "symbols": "1", **wish}
    answer = anna.send("/", dict(form))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    typed = dict(re.findall(r'name="(\w+)" type="number"[^>]* value="([^"]*)"', answer.text))
    assert typed == form


def test_words_are_made_by_the_page_too(anna: Visitor) -> None:
    answer = anna.send("/?kind=words", {"words": "5", "separator": " "})
    assert "Your new passphrase" in answer.text
    assert anna.send("/?kind=words", {"words": "3", "separator": " "}).status_code == 422
