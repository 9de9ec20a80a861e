"""What an answer from outside says about a tunnel."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.site_answer.ask import Answer, Question, ask, judge, wait

SITE = Question("dev.example.com", release="r2")
UNGUARDED = "dev.example.com answers without asking who it is (HTTP {}), though only some may visit"
GUARDED = Question("dev.example.com", release="r2", login_counts=True)
LOGIN = "https://team.cloudflareaccess.com/cdn-cgi/access/login/dev.example.com"


@pytest.mark.parametrize(
    ("question", "status", "release", "location", "trouble"),
    [
        (SITE, 200, "r2", "", ""),
        (SITE, 503, "r2", "", ""),
        (SITE, 302, "r2", "https://dev.example.com/login", ""),
        (Question("dev.example.com"), 200, "r7", "", ""),
        (SITE, 200, "r1", "", "dev.example.com answers with release r1 instead of r2"),
        (SITE, 200, "", "", "something answers as dev.example.com (HTTP 200), but not this host: no release is named"),
        (SITE, 530, "", "", "Cloudflare knows dev.example.com, but its tunnel is not connected (HTTP 530)"),
        (SITE, 302, "", LOGIN, "dev.example.com asks to log in at team.cloudflareaccess.com"),
        (GUARDED, 302, "", LOGIN, ""),
        (
            GUARDED,
            200,
            "r2",
            "",
            UNGUARDED.format(200),
        ),
        (
            GUARDED,
            302,
            "",
            "https://cloudflareaccess.com.evil.example/",
            UNGUARDED.format(302),
        ),
    ],
)
def test_an_answer_is_judged(question: Question, status: int, release: str, location: str, trouble: str) -> None:
    assert judge(question, status, release, location).trouble == trouble


def test_a_name_without_a_record_is_said_to_be_missing() -> None:
    # RFC 2606: `invalid` never resolves.
    assert ask(Question("dev.invalid")).trouble == (
        "dev.invalid does not resolve: its DNS record is missing or not yet known here"
    )


def test_asking_goes_on_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Answer(trouble="not yet"), Answer(status=200, release="r2")])
    monkeypatch.setattr(
        "ansible_collections.slipway.kit.plugins.module_utils.site_answer.ask.ask", lambda _: next(answers)
    )
    monkeypatch.setattr("ansible_collections.slipway.kit.plugins.module_utils.site_answer.ask.BETWEEN_TRIES_S", 0.0)
    assert wait(SITE, 5.0) == Answer(status=200, release="r2")


def test_a_closed_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setattr(
            "ansible_collections.slipway.kit.plugins.module_utils.site_answer.ask.HTTPS_PORT", unused.getsockname()[1]
        )
        assert "nobody answers on port" in ask(Question("dev.example.com", address="127.0.0.1")).trouble
