"""What visitors get: probes against real sockets, and the judgement of what came back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.visit import web
from ansible_collections.slipway.kit.plugins.module_utils.visit.sites import (
    Site,
    judge_redirect,
    judge_secure,
    sites_of,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import report
from ansible_collections.slipway.kit.plugins.plugin_utils.verify import checks, ports, visits
from slipway.rig.keys import AUTHORITY
from tests.unit.tls_site import TlsSite

NOW = 1_800_000_000.0
DAY = 86400.0
SITE = Site("web1", "box", "box.example.com", "public", "r7")
GOOD = web.Answer("box.example.com", "192.0.2.7", 443, 200, "r7", "", "R11", NOW - 30 * DAY, NOW + 60 * DAY, "TLSv1.3")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsSite]:
    with TlsSite(tmp_path_factory.mktemp("tls"), "box.test") as running:
        yield running


def test_a_good_answer_has_no_findings() -> None:
    assert judge_secure(SITE, GOOD, NOW) == []


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"trouble": "certificate not trusted: self-signed certificate"},
            "CERTIFICATE",
            "https://box.example.com/ does not answer as it should: certificate not trusted: self-signed certificate.",
        ),
        (
            {"trouble": "connection refused"},
            "HTTPS",
            "https://box.example.com/ does not answer as it should: connection refused.",
        ),
        (
            {"expires": NOW + 20 * DAY, "issued": NOW - 70 * DAY},
            "CERTIFICATE_EXPIRY",
            "The certificate of box.example.com (by R11) ends in 20.0 days; its renewal is overdue.",
        ),
        ({"status": 502}, "STATUS", "https://box.example.com/ answers 502."),
        (
            {"release": "r6"},
            "RELEASE",
            "https://box.example.com/ answers with release r6; live on web1 is release r7.",
        ),
        (
            {"release": ""},
            "RELEASE",
            "https://box.example.com/ answers with no release; live on web1 is release r7.",
        ),
    ],
)
def test_a_bad_answer_is_told_by_what_is_wrong(changes: dict[str, Any], code: str, message: str) -> None:
    found = judge_secure(SITE, replace(GOOD, **changes), NOW)
    assert [(finding.code, finding.what) for finding in found] == [(code, message)]


def test_a_first_certificate_that_is_missing_is_said_with_its_reason() -> None:
    waiting = "a.test, b.test: none since 2026-11-26 02:15:00 UTC; https://ca.test/dir does not answer: refused"
    apps = [
        {"name": name, "domains": [f"{name}.test"], "names": [f"{name}.test"], "exposure": "public"}
        for name in ("b", "c")
    ]
    told = {"releases": {"apps": {"b": {"release": "r7"}}}, "certificates": {"waiting": waiting}}
    failed = replace(GOOD, trouble="TLS failed: tlsv1 alert internal error")
    first, second = [judge_secure(site, failed, NOW)[0] for site in sites_of("web1", apps, told)]
    assert (first.code, second.code) == ("CERTIFICATE", "HTTPS")
    assert first.what == (
        "https://b.test/ does not answer as it should: TLS failed: tlsv1 alert internal error. Certificate of b.test: "
        "none since 2026-11-26 02:15:00 UTC; https://ca.test/dir does not answer: refused."
    )
    assert "ca.test" not in second.what


def test_maintenance_may_answer_503() -> None:
    assert judge_secure(replace(SITE, maintenance=True), replace(GOOD, status=503), NOW) == []


@pytest.mark.parametrize(
    ("status", "location", "good"),
    [
        (308, "https://box.example.com/", True),
        (200, "", False),
        (308, "https://elsewhere.example/", False),
        (301, "http://box.example.com/x", False),
    ],
)
def test_plain_http_must_lead_to_https(status: int, location: str, good: bool) -> None:
    answer = web.Answer("box.example.com", "192.0.2.7", 80, status, location=location)
    told = f"{status} {location}".strip()
    message = f"http://box.example.com/ does not redirect to https://box.example.com/, it answers: {told}."
    assert [finding.what for finding in judge_redirect(SITE, answer)] == ([] if good else [message])


def test_a_name_that_only_leads_to_the_app_must_do_that() -> None:
    app = {
        "name": "box",
        "domains": ["box.example.com"],
        "names": ["box.example.com", "old.test"],
        "exposure": "public",
    }
    told = {"releases": {"apps": {"box": {"release": "r7"}}}, "certificates": {"waiting": ""}}
    own, old = sites_of("web1", [app], told)
    assert (own.leads_to, own.release, old.leads_to, old.release) == ("", "r7", "box.example.com", "")
    leads = replace(GOOD, status=308, location="https://box.example.com/", release="")
    assert [*judge_secure(old, leads, NOW), *judge_redirect(old, leads)] == []
    [found] = judge_secure(old, replace(GOOD, release=""), NOW)
    assert found.what == "https://old.test/ does not lead to https://box.example.com/, it answers: 200."


def test_a_private_app_must_not_answer_from_outside() -> None:
    private = replace(SITE, exposure="private")
    assert checks.judge_hidden(private, web.Answer("x", "y", 443, trouble="connection refused")) == []
    assert checks.judge_hidden(private, replace(GOOD, status=403)) == []
    assert [finding.what for finding in checks.judge_hidden(private, GOOD)] == [
        "https://box.example.com/ answers 200 from outside, though its exposure is private."
    ]


def test_an_undeclared_port_is_told_with_its_holder() -> None:
    assert report(checks.judge_ports("web1", [22, 5432, 8080], [22], {5432: "container db", 8080: ""})) == (
        "1. Port 5432/tcp of web1 answers from outside (held by container db), and\n"
        "   nothing declares it. [OPEN_PORT]\n"
        "   where   firewall_openings in the inventory, or container db on web1\n"
        "   next    sudo ss -ltnp 'sport = :5432'\n"
        "\n"
        "2. Port 8080/tcp of web1 answers from outside, and nothing declares it.\n"
        "   [OPEN_PORT]\n"
        "   where   firewall_openings in the inventory, or the program on web1\n"
        "   next    sudo ss -ltnp 'sport = :8080'"
    )


def test_what_listens_on_loopback_is_no_candidate() -> None:
    listeners = [
        {"protocol": "tcp", "address": "127.0.0.1", "port": 20000, "program": "gunicorn"},
        {"protocol": "tcp", "address": "::", "port": 20001, "program": "node"},
        {"protocol": "udp", "address": "::", "port": 20002, "program": "named"},
    ]
    published = [{"protocol": "tcp", "address": "0.0.0.0", "port": 20003, "name": "db"}]
    found = ports.candidates(listeners, published)
    assert {port: who for port, who in found.items() if who} == {20001: "node", 20003: "container db"}
    assert 20000 not in found


def test_only_ports_that_accept_are_answering() -> None:
    with socket.create_server(("127.0.0.1", 0)) as open_one, socket.create_server(("127.0.0.1", 0)) as closing:
        open_port, closed_port = open_one.getsockname()[1], closing.getsockname()[1]
        closing.close()
        assert ports.answering("127.0.0.1", [open_port, closed_port]) == [open_port]


def test_a_visit_tells_status_release_and_certificate(site: TlsSite) -> None:
    answer = web.secure("127.0.0.1", "box.test", str(site.root), site.port)
    assert (answer.status, answer.release, answer.issuer, answer.trouble) == (200, "r7", AUTHORITY, "")
    assert answer.expires > answer.issued > 0


def test_a_visit_trusts_nobody_else(site: TlsSite) -> None:
    assert web.secure("127.0.0.1", "box.test", "", site.port).trouble == (
        "certificate not trusted: unable to get local issuer certificate"
    )


def test_a_visit_wants_the_right_name(site: TlsSite) -> None:
    assert web.secure("127.0.0.1", "other.test", str(site.root), site.port).trouble == (
        "certificate not trusted: Hostname mismatch, certificate is not valid for 'other.test'."
    )


def test_a_closed_port_is_told_as_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert web.plain("127.0.0.1", "box.test", port).trouble == "connection refused"


def test_a_certificate_on_its_way_is_waited_for_and_a_refusal_is_not() -> None:
    pending = web.Answer("x", "y", 443, trouble="TLS failed: tlsv1 alert internal error")
    refused = web.Answer("x", "y", 443, trouble="connection refused")
    answers = [pending, pending, GOOD]
    assert visits.patiently(lambda: answers.pop(0), 5.0, pause_s=0) == GOOD
    answers = [refused, GOOD]
    assert visits.patiently(lambda: answers.pop(0), 5.0, pause_s=0) == refused
    assert visits.patiently(lambda: pending, 0.0) == pending
