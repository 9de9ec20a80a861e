"""What the role leaves on a host: restic, secrets that root alone reads, and a timer."""

from __future__ import annotations

import json

import pytest
from testinfra.host import Host

OPTIMUM = 4.0


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/etc/slipway/backup", 0o700),
        ("/etc/slipway/backup/password", 0o400),
        ("/etc/slipway/backup.json", 0o400),
        ("/var/lib/slipway/backup", 0o700),
        ("/srv/copies", 0o700),
    ],
)
def test_only_root_gets_at_it(host: Host, path: str, mode: int) -> None:
    file = host.file(path)
    assert (file.mode, file.user, file.group) == (mode, "root", "root")


def test_the_host_is_told_which_apps_and_no_secret(host: Host) -> None:
    text = host.file("/etc/slipway/backup.json").content_string
    assert json.loads(text)["apps"] == ["shop"], "the other one has no mirror"
    assert "not the one of a store" not in text


@pytest.mark.parametrize(
    ("verb", "when"),
    [
        ("backup", "TimersMonotonic={ OnUnitActiveUSec=15min"),
        ("drill", "TimersCalendar={ OnCalendar=Sun *-*-* 03:00:00"),
        ("check", "TimersCalendar={ OnCalendar=*-*-* 01:00:00"),
    ],
)
def test_the_timers_run_now_and_at_boot(host: Host, verb: str, when: str) -> None:
    timer = host.service(f"slipway-{verb}.timer")
    assert timer.is_running
    assert timer.is_enabled
    assert when in host.check_output(f"systemctl show slipway-{verb}.timer")


# I-06
@pytest.mark.parametrize("verb", ["backup", "drill", "check"])
def test_the_services_are_confined(host: Host, verb: str) -> None:
    told = host.check_output(f"systemd-analyze security --no-pager slipway-{verb}.service")
    assert float(told.rpartition(": ")[2].split()[0]) < OPTIMUM, told


def test_before_a_deploy_it_is_no_failure(host: Host) -> None:
    host.check_output("systemctl start slipway-backup.service")
    assert "ConditionResult=no" in host.check_output("systemctl show slipway-backup.service")
