"""What role deadman promises: an unconfirmed change takes itself back."""

from __future__ import annotations

from testinfra.host import Host

FILE = "/etc/slipway-deadman-test"
SWITCH = "/usr/local/sbin/slipway-deadman"
ARM = f"{SWITCH} arm test {FILE} --reload touch {FILE}.reloaded"


def test_a_change_nobody_confirms_is_taken_back(host: Host) -> None:
    host.run_expect([0], f"echo old > {FILE} && {ARM} && echo new > {FILE}")
    assert host.run("systemctl is-active slipway-deadman@test.timer").stdout.strip() == "active"
    host.run_expect([0], "systemctl start slipway-deadman@test.service")
    assert host.file(FILE).content_string == "old\n"
    assert host.file(f"{FILE}.reloaded").exists
    assert host.run("systemctl is-enabled slipway-deadman@test.timer").stdout.strip() == "disabled"


def test_a_file_that_was_not_there_goes_again(host: Host) -> None:
    host.run_expect([0], f"rm -f {FILE} && {ARM} && echo new > {FILE} && {SWITCH} restore test")
    assert not host.file(FILE).exists


def test_a_process_outside_a_new_login_can_not_confirm(host: Host) -> None:
    host.run_expect([0], f"echo old > {FILE} && {ARM}")
    orphan = host.run(f"systemd-run --collect --pipe --wait --quiet {SWITCH} confirm test")
    assert (orphan.rc, "log in again" in orphan.stderr) == (4, True), orphan
    host.run_expect([0], f"{SWITCH} restore test")


def test_the_timer_outlives_a_reboot(host: Host) -> None:
    host.run_expect([0], ARM)
    assert host.run("systemctl is-enabled slipway-deadman@test.timer").stdout.strip() == "enabled"
    host.run_expect([0], f"{SWITCH} restore test")


def test_the_unit_is_confined(host: Host) -> None:  # O-11
    verdict = host.run("systemd-analyze security --no-pager --threshold=40 slipway-deadman@test.service")
    assert verdict.rc == 0, verdict.stdout
