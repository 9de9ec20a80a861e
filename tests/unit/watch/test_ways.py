"""Messages that go out by each way to a receiver on loopback, and what is said of one that does not take them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.watch import message, ways
from ansible_collections.slipway.kit.plugins.module_utils.watch.config import Way
from tests.unit.watch.receivers import Inbox, mail, web

MESSAGE = message.Message("[web1] DISK_FULL ü", "new: / is full ü", urgent=True, content={"host": "web1"})


@pytest.mark.parametrize("kind", ways.URLS)
def test_a_message_is_posted_to_the_url_of_its_way(kind: str) -> None:
    with web(Inbox()) as inbox:
        assert ways.send(Way(kind, {"url": f"{inbox.url}/T0/secret", "token": "tk"}), MESSAGE) == ""
    [(path, headers, body)] = inbox.got
    assert (path, headers["authorization"]) == ("/T0/secret", "Bearer tk")
    if kind == "ntfy":
        assert (headers["title"], headers["priority"]) == ("[web1] DISK_FULL ?", "high")
        assert body.decode() == MESSAGE.text
    else:
        assert headers["content-type"] == "application/json"
        assert "DISK_FULL" in json.dumps(json.loads(body))


def test_who_refuses_is_quoted_on_one_line_without_the_url() -> None:
    with web(Inbox(answer=403)) as inbox:
        said = ways.send(Way("slack", {"url": f"{inbox.url}/T0/secret"}), MESSAGE)
    assert said == "it answered 403 \\x1b[2Jtoken is bad"


def test_a_redirect_is_not_followed_with_the_secret() -> None:
    with web(Inbox(answer=302)) as inbox:
        assert ways.send(Way("webhook", {"url": f"{inbox.url}/secret"}), MESSAGE).startswith("it answered 302")
    assert [path for path, _, _ in inbox.got] == ["/secret"]


def test_nobody_there_is_said_and_nothing_raised() -> None:
    with web(Inbox()) as inbox:
        pass
    assert "refused" in ways.send(Way("ntfy", {"url": f"{inbox.url}/secret"}), MESSAGE)
    assert ways.send(Way("pigeon", {}), MESSAGE) == "'pigeon' is not a kind that this host knows"
    assert "unknown url type" in ways.send(Way("webhook", {"url": "example.com/secret"}), MESSAGE)


def letter(inbox: Inbox, **more: Any) -> Way:
    told = {"server": "127.0.0.1", "port": inbox.port, "security": "none", "from": "web1@example.com"}
    return Way("email", {**told, "to": "me@example.com", **more})


def test_mail_goes_to_the_server_that_takes_it() -> None:
    with mail(Inbox()) as inbox:
        assert ways.send(letter(inbox), MESSAGE) == ""
    session = "\n".join(inbox.lines)
    assert "mail FROM:<web1@example.com>" in session
    assert "rcpt TO:<me@example.com>" in session
    assert "Subject: [web1] DISK_FULL =?utf-8?" in session
    assert "Auto-Submitted: auto-generated" in session


@pytest.mark.parametrize(
    ("refuses", "said"),
    [
        ("RCPT", "it refused me@example.com: 550 not \\x1b[2Jyou"),
        ("MAIL", "it answered 550 not \\x1b[2Jyou"),
    ],
)
def test_a_server_that_refuses_is_quoted(refuses: str, said: str) -> None:
    with mail(Inbox(), refuses=refuses) as inbox:
        assert ways.send(letter(inbox), MESSAGE) == said


def test_a_server_without_tls_gets_no_password() -> None:
    with mail(Inbox()) as inbox:
        said = ways.send(letter(inbox, security="starttls", user="me", password="hunter2"), MESSAGE)
    assert said == "STARTTLS extension not supported by server."
    assert "hunter2" not in "".join(inbox.lines)


def test_the_heartbeat_is_heard_and_a_deaf_one_warned_of() -> None:
    with web(Inbox()) as inbox:
        assert ways.beat(f"{inbox.url}/beat") == ""
    assert [path for path, _, _ in inbox.got] == ["/beat"]
    assert "was not heard" in ways.beat(f"{inbox.url}/beat")
