"""What people read, in the shapes that receivers take; what others wrote in it steers no terminal and calls nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.watch import message
from ansible_collections.slipway.kit.plugins.module_utils.watch.config import Way
from ansible_collections.slipway.kit.plugins.module_utils.watch.notices import Event, State

AT = 1_800_000_000.0


def event(state: State = "new", **changed: Any) -> Event:
    told: dict[str, Any] = {
        "code": "CONTAINER_DOWN",
        "what": "The container of app box is gone.",
        "where": "app box on web1",
        "command": "slipway deploy ENV   # on web1",
        "severity": "error",
        "since": AT - 300,
        "at": AT,
    }
    return Event(state, **{**told, **changed})


def test_a_message_says_what_since_when_and_what_to_run() -> None:
    events = [event(), event("still", code="DISK_FULL"), event("over", code="UNIT_FAILED", what="Unit x has failed.")]
    made = message.of_events("web1", "production", events, AT)
    assert made.title == "[web1] CONTAINER_DOWN, DISK_FULL; over: UNIT_FAILED"
    assert made.text.splitlines() == [
        "new: The container of app box is gone. (CONTAINER_DOWN)",
        "   next: slipway deploy production   # on web1",
        "still there: The container of app box is gone. (DISK_FULL, for 5 min)",
        "   next: slipway deploy production   # on web1",
        "over: Unit x has failed. (UNIT_FAILED, after 5 min)",
    ]
    assert made.urgent
    told = made.content["events"][0]
    assert (told["state"], told["since"], told["command"]) == (
        "new",
        "2027-01-15T07:55:00Z",
        "slipway deploy production   # on web1",
    )


@pytest.mark.parametrize("quiet", [event("over"), event("still"), event(severity="warning")])
def test_only_a_new_error_is_urgent(quiet: Event) -> None:
    assert not message.of_events("web1", "production", [quiet], AT).urgent


def test_what_is_many_is_cut_and_says_so() -> None:
    made = message.of_events("web1", "production", [event(code=f"C{n}", what="x" * 900) for n in range(25)], AT)
    lines = made.text.splitlines()
    assert lines[-1] == "... and 5 more: slipway doctor production"
    assert max(map(len, [*lines, made.title])) < 450
    assert len(made.content["events"]) == 25


def test_control_characters_and_line_ends_of_others_are_written_out() -> None:
    made = message.of_events("web1", "production", [event(what="a\x1b[2J\nnew: b\u202e")], AT)
    assert made.text.splitlines()[0] == "new: a\\x1b[2J\\nnew: b\\u202e (CONTAINER_DOWN)"


def shaped(kind: str, what: str = "<!channel> & @all") -> Any:
    made = message.of_events("web1", "production", [event(what=what)], AT)
    return json.loads(message.body(Way(kind, {}), made))


def test_no_receiver_is_made_to_call_everybody() -> None:
    assert "&lt;!channel&gt; &amp; @all" in shaped("slack")["text"]
    assert "@all" not in shaped("mattermost")["text"]
    assert shaped("discord")["allowed_mentions"] == {"parse": []}


def test_each_kind_has_its_shape() -> None:
    assert shaped("slack")["text"].startswith("[web1] CONTAINER_DOWN\nnew: ")
    assert shaped("slack").keys() == shaped("mattermost").keys() == {"text"}
    assert len(shaped("discord", "x" * 3000)["content"]) <= 2000
    [card] = shaped("teams")["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["type"] for block in card["content"]["body"]] == ["TextBlock", "TextBlock"]
    assert shaped("webhook").keys() == {"title", "text", "host", "environment", "at", "events"}
    made = message.of_trial("web1", "production", AT)
    assert message.body(Way("ntfy", {}), made).decode() == (
        "Sent by `slipway notify-test production` at 2027-01-15T08:00:00Z: notices of web1 arrive here."
    )
