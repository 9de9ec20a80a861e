"""Messages wait for whoever does not take them, in their order, and for nobody twice."""

from __future__ import annotations

import json

from ansible_collections.slipway.kit.plugins.module_utils.watch import outbox
from ansible_collections.slipway.kit.plugins.module_utils.watch.config import Way
from ansible_collections.slipway.kit.plugins.module_utils.watch.message import Message
from ansible_collections.slipway.kit.plugins.module_utils.watch.outbox import Letter

NTFY = Way("ntfy", {"url": "https://ntfy.example.com/secret"})
MAIL = Way("email", {"server": "mail.example.com", "to": "me@example.com", "password": "pw"})


class Receivers:
    """Take what they are sent, but those that are away."""

    def __init__(self, *away: Way) -> None:
        self.away, self.got, self.tried = away, list[tuple[str, str]](), 0

    def send(self, way: Way, message: Message) -> str:
        self.tried += 1
        if way in self.away:
            return "no answer"
        self.got.append((way.kind, message.title))
        return ""


def letters(*titles: str) -> list[Letter]:
    written: list[Letter] = []
    for title in titles:
        written = outbox.with_new(written, Message(title, "", urgent=False, content={}), [NTFY, MAIL])
    return written


def test_what_one_way_did_not_take_waits_for_it_alone() -> None:
    there = Receivers(MAIL)
    left, refused = outbox.sent(letters("a", "b"), [NTFY, MAIL], there.send)
    assert there.got == [("ntfy", "a"), ("ntfy", "b")]
    assert refused == {"email to me@example.com": "no answer"}
    assert there.tried == 3, "who refuses one is not asked again at once"
    back = Receivers()
    assert outbox.sent(left, [NTFY, MAIL], back.send) == ([], {})
    assert back.got == [("email", "a"), ("email", "b")]


def test_a_way_that_is_declared_no_more_is_not_waited_for() -> None:
    assert outbox.sent(letters("a"), [], Receivers().send) == ([], {})


def test_too_many_lose_their_oldest() -> None:
    kept = letters(*map(str, range(outbox.MOST + 1)))
    assert (len(kept), kept[0].message.title) == (outbox.MOST, "1")


def test_letters_are_read_as_they_were_written_and_damaged_ones_forgotten() -> None:
    written = json.loads(json.dumps([each.as_dict() for each in letters("a")]))
    assert outbox.restored([*written, {"message": {}}, 7]) == letters("a")
    assert outbox.restored({"a": 1}) == []


def test_the_name_of_a_way_shows_no_secret() -> None:
    assert (NTFY.name, MAIL.name) == ("ntfy to ntfy.example.com", "email to me@example.com")
    assert Way("webhook", {"url": "https://user:pw@hook.example.com/T0/x"}).name == "webhook to hook.example.com"
    assert "secret" not in repr(NTFY)
    assert "pw" not in repr(MAIL)
