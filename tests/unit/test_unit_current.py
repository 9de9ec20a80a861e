from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.unit_current.facts import Facts
from ansible_collections.slipway.kit.plugins.module_utils.unit_current.plan import plan

WELL = Facts(known=True, active=True, enabled=True, needs_reload=False, stale=None)
STALE = replace(WELL, stale="/usr/local/bin/caddy")
DOWN = replace(WELL, active=False)
NEW = Facts(known=False, active=False, enabled=False, needs_reload=False, stale=None)

RELOAD = ["systemctl", "daemon-reload"]
ENABLE = ["systemctl", "enable", "caddy.socket", "caddy.service"]
START = ["systemctl", "start", "caddy.socket", "caddy.service"]
RESTART = ["systemctl", "restart", "caddy.service"]
RESTART_BOTH = ["systemctl", "restart", "caddy.socket", "caddy.service"]


@pytest.mark.parametrize(
    ("service", "socket", "start", "commands"),
    [
        (WELL, WELL, True, []),
        (NEW, NEW, True, [RELOAD, ENABLE, START]),
        (NEW, NEW, False, []),
        (DOWN, WELL, True, [START]),
        (DOWN, WELL, False, []),
        (STALE, WELL, True, [RESTART]),
        (STALE, WELL, False, [RESTART]),
        (WELL, STALE, False, [RESTART_BOTH]),
        (replace(STALE, needs_reload=True), WELL, False, [RELOAD, RESTART]),
        (replace(WELL, enabled=False), WELL, True, [["systemctl", "enable", "caddy.service"]]),
        (WELL, DOWN, True, [START]),
    ],
    ids=[
        "nothing to do",
        "a fresh host",
        "a fresh host is left alone unless it is to start",
        "down is started",
        "down stays down unless it is to start",
        "old is restarted",
        "old is restarted even unless it is to start",
        "a changed socket takes its service along",
        "systemd reads a changed unit first",
        "off at boot is enabled",
        "a closed socket is opened",
    ],
)
def test_the_plan_fits_the_facts(service: Facts, socket: Facts, start: bool, commands: list[list[str]]) -> None:
    assert plan("caddy.service", service, "caddy.socket", socket, start=start) == commands


def test_a_service_without_a_socket_stands_alone() -> None:
    assert plan("x.service", STALE, None, None, start=True) == [["systemctl", "restart", "x.service"]]
    assert plan("x.service", DOWN, None, None, start=True) == [["systemctl", "start", "x.service"]]
