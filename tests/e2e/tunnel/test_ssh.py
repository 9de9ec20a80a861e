"""Provider ssh, for real: the development host holds a connection, the public host answers with an ACME certificate."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.summary import Note

from .pair import DOMAIN, RELEASE, Pair

pytestmark = pytest.mark.rig
PAGE = f"<h1>Not for everyone</h1> 200 {RELEASE}"
# The promise: a lost tunnel is back after this many seconds, a reboot counted from when the host takes logins again.
BACK_S = 15.0
TRIES = 2  # a machine that is busy with other tests may be slow once


@pytest.fixture(scope="module")
def tunnel(pair: Pair) -> Pair:
    pair.tunnel().check()
    return pair


def test_without_a_tunnel_nobody_answers(pair: Pair) -> None:
    assert "200" not in pair.visit()


def test_a_dry_run_on_a_fresh_pair_changes_nothing(pair: Pair) -> None:
    before = pair.state()
    pair.tunnel("--check", "--diff").check()
    assert pair.state() == before


def test_one_command_gives_the_name_a_page_over_https(tunnel: Pair) -> None:
    assert tunnel.visit() == PAGE


def test_a_second_run_changes_nothing_and_says_where_it_is(tunnel: Pair) -> None:
    played = tunnel.tunnel().check()
    assert played.changed == 0, played.stdout
    assert f"https://{DOMAIN}/ answers with release {RELEASE}" in played.stdout


def test_the_development_host_listens_to_nothing_but_ssh(tunnel: Pair) -> None:  # F-01 K-06 K-08
    scan = ["nmap", "-Pn", "-n", "-p-", "--min-rate", "8000", "--max-retries", "2", "-oG", "-", tunnel.dev.address]
    ports = [line for line in tunnel.rig.visitor.exec(scan).stdout.splitlines() if "Ports:" in line]
    assert [line.partition("Ports: ")[2].split()[0] for line in ports] == ["22/open/tcp//ssh///"], ports


def test_the_tunnel_comes_out_on_loopback_only(tunnel: Pair) -> None:
    listening = tunnel.edge.exec(["ss", "-Hltn", "sport = :18443"]).stdout.split()
    assert listening[3] == "127.0.0.1:18443"


def test_a_visitor_keeps_the_address_he_has(tunnel: Pair) -> None:
    tunnel.visit("--ipv4", "--header", "X-Forwarded-For: 192.0.2.66")
    line = tunnel.dev.exec(["tail", "-n", "1", "/var/log/caddy/devsite.log"]).stdout
    assert f'"client_ip":"{tunnel.rig.visitor.address}"' in line


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        (["-T", "id"], "channel 0: open failed"),
        (["-N", "-R", "127.0.0.1:18444:127.0.0.1:443"], "remote port forwarding failed"),
        (["-N", "-R", "0.0.0.0:18443:127.0.0.1:443"], "remote port forwarding failed"),
        (["-N", "-R", "/tmp/socket:127.0.0.1:443"], "remote port forwarding failed"),
        (["-T", "-W", "127.0.0.1:22"], "administratively prohibited|stdio forwarding failed"),
    ],
    ids=["shell", "other-port", "other-address", "socket", "inwards"],
)
def test_the_key_opens_nothing_but_its_port(tunnel: Pair, asked: list[str], refused: str) -> None:
    mine = "/etc/slipway/tunnel"
    options = ["-F", "none", "-i", f"{mine}.key", "-o", f"UserKnownHostsFile={mine}.known_hosts"]
    options += ["-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes"]
    target = f"slipway-tunnel@{tunnel.edge.address}"
    at = asked[:-1] if asked[-1] == "id" else asked
    tried = tunnel.dev.exec(["timeout", "30", "ssh", *options, *at, target, *(["id"] if asked[-1] == "id" else [])])
    assert tried.returncode not in (0, 124), tried
    assert re.search(refused, tried.stderr), tried  # it was let in, and then refused just this
    assert "uid=" not in tried.stdout


def kill_the_connection(pair: Pair) -> None:
    pair.dev.exec(["systemctl", "kill", "--signal=KILL", "slipway-tunnel.service"], check=True)


def kill_the_far_session(pair: Pair) -> None:
    pair.edge.exec(["pkill", "-KILL", "-u", "slipway-tunnel"], check=True)


def restart_the_far_sshd(pair: Pair) -> None:
    kill_the_far_session(pair)
    pair.edge.exec(["systemctl", "kill", "--signal=KILL", "ssh.service"], check=True)
    pair.edge.exec(["systemctl", "restart", "ssh.service"], check=True)


def lose_the_network(pair: Pair) -> None:
    """Neither end hears of the other for 20 s, and nobody is told."""
    table = "table inet lost { chain out { type filter hook output priority -300; tcp dport 22 drop; }; }"
    pair.dev.exec(["nft", table], check=True)
    time.sleep(20)
    pair.dev.exec(["nft", "delete", "table", "inet", "lost"], check=True)


def reboot_the_development_host(pair: Pair) -> None:
    pair.dev.restart()


def reboot_the_public_host(pair: Pair) -> None:
    pair.edge.restart()


@pytest.mark.parametrize(
    "fault",
    [
        kill_the_connection,
        kill_the_far_session,
        restart_the_far_sshd,
        lose_the_network,
        reboot_the_development_host,
        reboot_the_public_host,
    ],
    ids=lambda fault: fault.__name__.replace("_", "-"),
)
def test_the_page_is_back_soon_after(tunnel: Pair, note: Note, fault: Callable[[Pair], None]) -> None:  # Z-29
    waits: list[float] = []
    while len(waits) < TRIES and min(waits, default=BACK_S) >= BACK_S:
        assert tunnel.visit() == PAGE
        fault(tunnel)
        waits.append(tunnel.seconds_until_back(limit_s=60))
    note("measured", f"provider ssh, {fault.__name__.replace('_', ' ')}: the page is back after {min(waits):.1f} s")
    assert min(waits) < BACK_S, waits


def test_requests_wait_for_a_tunnel_that_is_dialled_again(tunnel: Pair) -> None:
    kill_the_connection(tunnel)
    assert tunnel.visit("--retry", "0", timeout_s=20) == PAGE


def test_the_key_is_roots_and_on_no_command_line(tunnel: Pair) -> None:  # K-02 for this provider
    folder = tunnel.dev.exec(["stat", "-c", "%a %U %n", "/etc/slipway/tunnel.key"]).stdout
    assert folder.splitlines() == ["600 root /etc/slipway/tunnel.key"]
    key = tunnel.dev.exec(["cat", "/etc/slipway/tunnel.key"]).stdout.splitlines()[2]
    for host, command in ((tunnel.dev, "ps -eo args; journalctl --no-pager"), (tunnel.edge, "cat /etc/ssh/tunnels/*")):
        assert key not in host.exec(["sh", "-c", command]).stdout


def test_the_unit_is_confined(tunnel: Pair) -> None:  # O-11
    rated = tunnel.dev.exec(["systemd-analyze", "security", "--no-pager", "--threshold=30", "slipway-tunnel.service"])
    assert rated.returncode == 0, rated.stdout[-300:]


def test_the_account_of_another_tunnel_is_left_alone(tunnel: Pair) -> None:
    played = tunnel.tunnel("--extra-vars", "tunnel_name=another")
    assert played.rc != 0
    assert "The account `slipway-tunnel` on" in played.stdout
    assert tunnel.visit() == PAGE


def test_taking_it_down_leaves_nothing_on_either_host(tunnel: Pair) -> None:
    tunnel.tunnel(verb="tunnel-down").check()
    assert "200" not in tunnel.visit()
    for host in (tunnel.dev, tunnel.edge):
        left = host.exec(["find", "/etc", "-name", "*slipway-tunnel*", "-o", "-name", "*slipway-dev1*"]).stdout
        assert left == ""
        assert host.exec(["getent", "passwd", "slipway-tunnel"]).returncode == 2
    assert tunnel.tunnel(verb="tunnel-down").check().changed == 0
