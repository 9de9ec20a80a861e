"""A change that locks everybody out takes itself back; a control machine that dies in the middle does no harm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

from slipway.places import KIT
from slipway.rig import Rig
from slipway.rig.play import command, environment

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

PREPARED = True
PLAYBOOK = "tests/e2e/playbooks/doors.yml"
REFUSALS = "tests/e2e/playbooks/refusals.yml"
COUNTDOWN_S = 30
# A login every few seconds stays below the firewall's limit of new connections.
PAUSE_S = 3
SETTINGS = "/etc/ssh/sshd_config.d/00-slipway.conf"
PENDING = "/var/lib/slipway/deadman/ssh"
# After the reload itself, so that there is time to cut the control machine off.
SLOW_RELOAD = {"/etc/systemd/system/ssh.service.d/slow.conf": "[Service]\nExecReload=/bin/sleep 8\n"}


def inputs(**variables: object) -> list[str]:
    """Return the arguments that give a playbook these variables."""
    return ["--extra-vars", json.dumps({"deadman_timeout_seconds": COUNTDOWN_S, **variables})]


def can_log_in(rig: Rig) -> bool:
    """Tell whether a new SSH login works."""
    attempt = rig.host("web1").ssh("-o", "ConnectTimeout=3", "true")
    return subprocess.run(attempt, capture_output=True, check=False).returncode == 0


def wait_for_login(rig: Rig) -> None:
    """Wait until the door is open again, a generous while longer than the countdown."""
    deadline = time.monotonic() + 3 * COUNTDOWN_S
    while not can_log_in(rig):
        journal = ["journalctl", "-u", "slipway-deadman@*", "--no-pager"]
        assert time.monotonic() < deadline, rig.host("web1").exec(journal).stdout
        time.sleep(PAUSE_S)


@pytest.fixture(scope="module", autouse=True)
def _doors(rig: Rig) -> None:
    rig.play(PLAYBOOK, *inputs()).check()


@pytest.mark.parametrize(
    ("door", "lockout", "more"),
    [
        ("ssh", {"ssh_options": {"DenyUsers": "root"}}, ()),
        pytest.param("ssh", {"ssh_options": {"ListenAddress": "127.0.0.1"}}, (), marks=pytest.mark.long),
        # The role refuses this one before it happens; here it does not look.
        ("firewall", {"firewall_ssh_networks": ["192.0.2.0/24"]}, ("--skip-tags", "firewall_preflight")),
    ],
    ids=["sshd denies the login", "sshd listens elsewhere", "firewall drops it"],
)
def test_a_lockout_takes_itself_back(  # S-06 Z-25
    rig: Rig, door: str, lockout: dict[str, object], more: tuple[str, ...]
) -> None:
    played = rig.play(PLAYBOOK, *inputs(**lockout), *more)
    assert played.rc != 0
    assert f"the new configuration of {door} lets no new login in" in " ".join(played.stdout.split()), played.stdout
    assert not can_log_in(rig)
    wait_for_login(rig)
    assert rig.play(PLAYBOOK, *inputs()).check().changed == 0


def test_settings_that_sshd_refuses_never_reach_it(rig: Rig) -> None:  # S-06
    played = rig.play(PLAYBOOK, *inputs(ssh_options={"NoSuchKeyword": "yes"}))
    assert played.rc != 0
    assert "is left as it was" in played.stdout
    assert can_log_in(rig)


def test_a_control_machine_that_dies_after_the_change_confirms_nothing(rig: Rig) -> None:  # Z-24
    web = rig.host("web1")
    before = web.exec(["cat", SETTINGS]).stdout
    web.put(SLOW_RELOAD)
    web.exec(["systemctl", "daemon-reload"])
    change = command(PLAYBOOK, ["inventories/demo", rig.inventory], *inputs(ssh_max_sessions=9))
    with subprocess.Popen(change, cwd=KIT, env=environment(), stdout=subprocess.DEVNULL, start_new_session=True) as run:
        while web.exec(["test", "-d", PENDING]).returncode and run.poll() is None:
            time.sleep(0.1)
        while "MaxSessions 9" not in web.exec(["cat", SETTINGS]).stdout and run.poll() is None:
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGKILL)
    assert web.exec(["test", "-d", PENDING]).returncode == 0, "the run was over before it could be cut off"
    deadline = time.monotonic() + 3 * COUNTDOWN_S
    while web.exec(["test", "-d", PENDING]).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert web.exec(["cat", SETTINGS]).stdout == before
    rig.play(PLAYBOOK, *inputs(ssh_max_sessions=9)).check()
    assert "MaxSessions 9" in web.exec(["cat", SETTINGS]).stdout
    rig.play(PLAYBOOK, *inputs()).check()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"ssh_allow_groups": []}, "ssh_allow_groups is empty: nobody could log in any more. [NO_LOGIN_GROUP]"),
        ({"ssh_allow_groups": ["nobody"]}, "by whom Ansible logs in to web1, is in none of them"),
        ({"ssh_ports": [2222]}, "ssh_ports is [2222], and Ansible comes to web1 by port 22"),
        ({"firewall_ssh_ports": [2222]}, "firewall_ssh_ports is [2222], and Ansible comes to web1 by port 22"),
        ({"firewall_ssh_networks": ["192.0.2.0/24"]}, "it would be shut out. [LOCKED_OUT] where the command line (-e)"),
        ({"firewall_ssh_networks": ["192.0.2.1/24"]}, "is not a network in CIDR form"),
        ({"firewall_container_networks": ["10.208.0.0/12"]}, "which is in firewall_container_networks"),
        ({"firewall_forwarding": [{"from": "wg0 accept", "to": "eth0"}]}, "one of the names is not an interface"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_lock_out_is_refused_and_nothing_is_touched(rig: Rig, bad: dict[str, object], words: str) -> None:
    played = rig.play(PLAYBOOK, *inputs(**bad))
    assert played.rc != 0
    assert words in " ".join(played.stdout.split()), played.stdout
    assert played.changed == 0


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"admin_users": [{"name": "ada", "keys": []}]}, "Admin user `ada` has no key"),
        (
            {"admin_users": [{"name": "ada", "keys": ["~/.ssh/id.pub"]}]},
            "Admin user `ada` has the key `~/.ssh/id.pub`, which is not a public key",
        ),
        ({"baseline_sysctl": {"net.ipv4.no_such_key": 1}}, "has no setting `net.ipv4.no_such_key`"),
        ({"baseline_reboot_time": "4 am"}, "baseline_reboot_time is 4 am, which is not a time of day"),
        ({"baseline_swap_mib": 512}, "is a container, where swap belongs to the machine below"),
        ({"docker_daemon_options": {"hosts": ["tcp://0.0.0.0:2375"]}}, "a TCP socket hands out root"),
        ({"docker_address_pools": ["0.0.0.0/0"]}, "docker_address_pools is [0.0.0.0/0] and holds"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_bad_input_is_refused_and_nothing_is_touched(rig: Rig, bad: dict[str, object], words: str) -> None:
    played = rig.play(REFUSALS, *inputs(**bad))
    assert played.rc != 0
    assert words in " ".join(played.stdout.split()), played.stdout
    assert played.changed == 0
