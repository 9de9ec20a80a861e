"""What of `slipway_watch` is refused before anything is touched, with the sentence that people read."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.watch import ways
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import ways_out

WANTED = "Write https://..., or http://... of this host or a private network, without blanks and braces."
MAIL = {"kind": "email", "server": "mail.example.com", "from": "web1@example.com", "to": "me@example.com"}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({}, "it names nobody who would be told: give it `notify`, `heartbeat` or both."),
        (
            {"heartbeat": "ping.example.com/secret"},
            f"heartbeat: the address (a secret, not shown) has no scheme and would not work. {WANTED}",
        ),
        (
            {"notify": [{"kind": "ntfy", "url": "http://ntfy.sh/secret"}]},
            "notify[0].url: the address (a secret, not shown) begins with http:// and would not work. " + WANTED,
        ),
        (
            {"notify": [{"kind": "pager"}]},
            "notify[0].kind: 'pager' is not one of ntfy, slack, mattermost, discord, teams, webhook, email.",
        ),
        ({"notify": [{"kind": "slack"}]}, "notify[0]: kind slack needs `url`."),
        (
            {"notify": [{**MAIL, "server": "mail example", "to": "{{ who }}"}]},
            "notify[0]: kind email needs `server`, `from` and `to`, each one name or address; server, to is not.",
        ),
        ({"notify": [{**MAIL, "password": "pw"}]}, "notify[0]: `user` and `password` belong together."),
        (
            {"notify": [{**MAIL, "user": "me", "password": "pw", "security": "none"}]},
            "notify[0]: the password would travel in clear: set `security` to starttls or tls.",
        ),
        (
            {"heartbeat": "https://x", "notify": ["ntfy"]},
            f"notify[0].kind: None is not one of {', '.join(ways_out.KINDS)}.",
        ),
    ],
)
def test_what_can_not_work_is_said_without_a_secret(declared: dict[str, object], said: str) -> None:
    assert ways_out.faults(declared) == [said]


def test_what_works_is_not_refused() -> None:
    urls = [{"kind": kind, "url": "https://hook.example.com/x?y=1"} for kind in ways.URLS]
    assert ways_out.faults({"heartbeat": "http://127.0.0.1:8025/beat", "notify": [*urls, MAIL]}) == []


def test_the_host_knows_every_kind_that_may_be_declared() -> None:
    assert sorted(ways_out.KINDS) == sorted([*ways.URLS, "email"])
