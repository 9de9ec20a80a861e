"""The authority is away when a site's first certificate is due."""

from __future__ import annotations

import time

import pytest

from tests.release.target import Target

COMES_WITHIN_S = 120


@pytest.mark.long
def test_a_first_certificate_comes_by_itself_when_its_authority_is_back(target: Target) -> None:  # Z-11
    release, authority = target.live(), target.rig.acme
    authority.pause()
    try:
        forget = "systemctl stop caddy && rm -r /var/lib/caddy/certificates && systemctl start caddy"
        target.host.exec(["sh", "-c", forget], check=True)
        plain = target.rig.visitor.exec(["curl", "--silent", "--head", "http://app.test/"], check=True).stdout
        secure = target.rig.visitor.exec(["curl", "--silent", "--max-time", "5", "https://app.test/"])
    finally:
        authority.unpause()
    assert " 308 " in plain, "what needs no certificate is served meanwhile"
    assert secure.returncode != 0, "there was none to show"
    deadline = time.monotonic() + COMES_WITHIN_S
    while not (seen := target.live()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert seen == release, target.host.exec(["journalctl", "-u", "caddy", "-n", "40"]).stdout
