"""The authority is away when a site's first certificate is due."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.release.target import Target

ENDS_WITHIN_S = 120


@contextmanager
def no_authority(target: Target) -> Iterator[None]:
    """Let the authority's name lead to where nobody listens."""
    target.host.exec(["sh", "-c", "cp /etc/hosts /tmp/hosts && echo 127.0.0.1 pebble >> /etc/hosts"], check=True)
    try:
        yield
    finally:
        target.host.exec(["sh", "-c", "cat /tmp/hosts > /etc/hosts"], check=True)


def told(target: Target, part: str) -> str:
    """Return what was said since the last start about the certificates, as soon as `part` is in it."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while part not in (text := said(target)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return text


def said(target: Target) -> str:
    invocation = target.host.exec(["systemctl", "show", "-P", "InvocationID", "caddy-certificates"]).stdout.strip()
    journal = ["journalctl", "--output", "cat", f"_SYSTEMD_INVOCATION_ID={invocation}"]
    return target.host.exec(journal).stdout


@pytest.mark.long
def test_a_first_certificate_is_asked_for_at_the_first_look_after_its_authority_is_back(target: Target) -> None:  # Z-11
    release = target.live()
    with no_authority(target):
        forget = "systemctl stop caddy && rm -r /var/lib/caddy/certificates && systemctl start caddy"
        target.host.exec(["sh", "-c", forget], check=True)
        plain = target.rig.visitor.exec(["curl", "--silent", "--head", "http://app.test/"], check=True).stdout
        secure = target.rig.visitor.exec(["curl", "--silent", "--max-time", "5", "https://app.test/"])
        waiting = told(target, "does not answer")
        status = target.status()
    assert " 308 " in plain, "what needs no certificate is served meanwhile"
    assert secure.returncode != 0, "there was none to show"
    assert "app.test, solo.test: none since 20" in waiting
    assert "Connection refused" in waiting
    assert status["certificate_days"] is None
    assert status["certificate_missing"].startswith("app.test: none since 20")
    assert "Connection refused" in status["certificate_missing"]
    asked = told(target, "Caddy tries again now")
    assert len(asked.splitlines()) == 2, asked
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not (seen := target.live()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert seen == release, target.host.exec(["journalctl", "-u", "caddy", "-n", "40"]).stdout
