"""A generated password is nowhere but in the answer (R3.2)."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest

from strongbox.generator.generate import Made
from strongbox.logs import JsonLines
from strongbox.settings import Settings
from strongbox.web import generator, records
from tests.visitor import Visitor

CANARY = "CanaryThatMustNotBeFound-123"


def test_a_generated_password_is_in_no_file_log_cookie_address_or_environment(
    anna: Visitor, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "make_password", lambda _: Made(CANARY, 99))
    # With an account there is a second place on the page: the form behind Keep this.
    for visitor, places in ((anna, 2), (Visitor(anna.client.application), 1)):
        answer = visitor.send("/", {"length": "20", "lower": "1", "upper": "1", "digits": "1", "symbols": "1"})
        assert answer.text.count(CANARY) == places
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


def test_a_secret_that_a_form_was_filled_with_is_kept_by_save_alone(
    anna: Visitor, ben: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "make_password", lambda _: Made(CANARY, 99))
    before = anna.keep(title="Bank", secret="old")
    typed = {"title": "Shop", "notes": "typed with care", "fill": "generated"}
    for path, revision in (("/records/new", "0"), (f"/records/{before}/edit", "1")):
        page = anna.post(path, {**typed, "revision": revision}).text
        assert f">\n{CANARY}</textarea>" in page
        assert "typed with care" in page
        assert f'name="revision" value="{revision}"' in page
    assert "1 record<" in anna.get("/records").text
    assert CANARY not in anna.get(f"/records/{before}").text
    kept = anna.keep(title="Shop", secret=CANARY)
    assert CANARY in anna.get(f"/records/{kept}").text
    assert ben.get(f"/records/{kept}").status_code == 404


def test_what_the_generator_made_can_be_kept_by_those_who_are_logged_in(anna: Visitor) -> None:
    wish = {"length": "20", "lower": "1", "upper": "1", "digits": "1", "symbols": "1"}
    page = anna.send("/", dict(wish)).text
    made = re.findall(r'name="secret" value="([^"]+)"', page)
    assert len(made) == 1
    form = anna.post("/records/new", {"secret": html.unescape(made[0]), "fill": "given"}).text
    assert f">\n{made[0]}</textarea>" in form
    assert "Nothing here yet" in anna.get("/records").text
    assert "Keep this" not in Visitor(anna.client.application).send("/", dict(wish)).text
