"""What role ssh promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from testinfra.host import Host

from slipway.rig import Rig
from slipway.rig.visitor import Visitor

POLICY = "Hardened Debian 13 (version 1)"


@pytest.fixture(scope="module")
def effective(host: Host) -> set[str]:
    """Return sshd's settings as it understands them, one `keyword value` a line."""
    return set(host.run_expect([0], "/usr/sbin/sshd -T").stdout.splitlines())


def test_only_keys_open_the_door(effective: set[str]) -> None:  # S-01
    assert {
        "passwordauthentication no",
        "kbdinteractiveauthentication no",
        "authenticationmethods publickey",
        "permitemptypasswords no",
    } <= effective


def test_attempts_are_limited(effective: set[str]) -> None:  # S-03
    assert {"maxauthtries 3", "logingracetime 30", "maxstartups 10:30:60", "maxsessions 10"} <= effective


def test_a_login_opens_no_way_into_the_network(effective: set[str]) -> None:  # S-04
    assert {"allowtcpforwarding no", "allowagentforwarding no", "x11forwarding no", "permittunnel no"} <= effective


def test_settings_are_roots_alone(host: Host) -> None:  # S-05
    for path in ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/00-slipway.conf"):
        assert (host.file(path).user, host.file(path).mode) == ("root", 0o600)


def test_no_change_waits_for_a_confirmation(host: Host) -> None:  # S-06
    assert host.run("ls /var/lib/slipway/deadman").stdout.split() == ["lock"]


def test_algorithms_are_those_of_an_independent_policy(rig: Rig) -> None:  # S-02
    audit = [str(Path(sys.executable).with_name("ssh-audit")), "--policy", POLICY, rig.host("web1").address]
    verdict = subprocess.run(audit, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout


def test_a_password_is_not_even_asked_for(rig: Rig, visitor: Visitor) -> None:  # S-01
    options = ["-oStrictHostKeyChecking=accept-new", "-oPreferredAuthentications=password,keyboard-interactive"]
    attempt = visitor.exec(["ssh", *options, f"root@{rig.host('web1').address}", "true"])
    assert attempt.returncode == 255
    assert "Permission denied (publickey)" in attempt.stderr
