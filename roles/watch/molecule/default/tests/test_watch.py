"""What the role leaves on a host: a confined look by timer, which ends, and what it is told."""

from __future__ import annotations

import pytest
from testinfra.host import Host

OPTIMUM = 4.0


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/etc/slipway/watch", 0o700),
        ("/etc/slipway/watch.json", 0o400),
        ("/var/lib/slipway/watch", 0o700),
        ("/usr/local/lib/slipway/slipway.pyz", 0o644),
    ],
)
def test_root_alone_writes_it_and_reads_its_secrets(host: Host, path: str, mode: int) -> None:
    file = host.file(path)
    assert (file.mode, file.user, file.group) == (mode, "root", "root")


def test_the_timer_runs_now_and_at_boot(host: Host) -> None:
    timer = host.service("slipway-watch.timer")
    assert timer.is_running
    assert timer.is_enabled
    assert "TimersMonotonic={ OnUnitActiveUSec=30s" in host.check_output("systemctl show slipway-watch.timer")


# I-06
def test_the_service_is_confined(host: Host) -> None:
    told = host.check_output("systemd-analyze security --no-pager slipway-watch.service")
    assert float(told.rpartition(": ")[2].split()[0]) <= OPTIMUM, told


def test_a_look_ends_well(host: Host) -> None:
    host.check_output("systemctl start slipway-watch.service")
    assert "Result=success" in host.check_output("systemctl show slipway-watch.service")
