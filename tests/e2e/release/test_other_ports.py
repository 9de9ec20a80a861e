"""A living app that is given other ports on its host: it moves there, and nobody is left with an error."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from tests.release.target import Target, tiny

pytestmark = pytest.mark.rig

SITE = "/etc/caddy/sites/tiny.caddy"


def site_on(target: Target, before: int, after: int) -> None:
    """Let Caddy's site lead to other ports, as role caddy does."""
    words = f"s/{before}/{after}/g; s/{before + 1}/{after + 1}/g"
    target.host.exec(["sed", "--in-place", words, SITE], check=True)
    target.host.exec(["systemctl", "reload", "caddy"], check=True)


def test_the_same_release_moves_to_its_new_ports_and_stays_there(target: Target) -> None:
    usual, other = int(complete([tiny()])[0]["slots"]["blue"]["port"]), 30100  # type: ignore[index]
    first = target.deploy("ports")
    assert "failed" not in first, first
    try:
        site_on(target, usual, other)
        moved = target.deploy("ports", loopback_port=other)
        assert moved["changed"], moved
        assert moved["release"] == first["release"]
        page = target.rig.visitor.curl("https://app.test/", "--fail")
        assert page.returncode == 0, page.stderr
        again = target.deploy("ports", loopback_port=other)
        assert again["changed"] is False, again
    finally:
        site_on(target, other, usual)
        back = target.deploy("ports")
    assert back["changed"], back
    assert target.rig.visitor.curl("https://app.test/", "--fail").returncode == 0
    assert target.live() == first["release"]
