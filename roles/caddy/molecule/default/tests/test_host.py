"""What the role leaves on the host."""

from __future__ import annotations

import json

import pytest
from testinfra.host import Host

UNIT = "caddy.service"


def shown(host: Host, *properties: str) -> dict[str, str]:
    asked = [f"--property={name}" for name in properties]
    text = host.check_output("systemctl show %s %s", UNIT, " ".join(asked)).replace("'", "")
    return dict(line.split("=", 1) for line in text.splitlines())


def test_caddy_runs_and_comes_back_at_boot(host: Host) -> None:
    assert host.service(UNIT).is_running
    assert host.service(UNIT).is_enabled
    assert host.service("caddy.socket").is_enabled


# T-07, O-11
@pytest.mark.parametrize("unit", [UNIT, "caddy-certificates.service"])
def test_the_units_are_locked_down(host: Host, unit: str) -> None:
    verdict = host.run("systemd-analyze security --no-pager --threshold=20 %s", unit)
    assert verdict.rc == 0, verdict.stdout


def test_nothing_asks_for_certificates_where_none_is_missing(host: Host) -> None:
    shown = host.check_output("systemctl show -p ActiveState,Result caddy-certificates.service")
    assert shown.splitlines() == ["Result=success", "ActiveState=inactive"]
    wanted = json.loads(host.file("/etc/caddy/certificates.json").content_string)
    public = ["app.test", "single.test", "staging.test", "old.test", "inner.test"]
    assert wanted["names"] == public, "of public apps only, those that lead to them too"


# T-07
def test_caddy_is_not_root_and_can_do_nothing_that_root_can(host: Host) -> None:
    [process] = host.process.filter(comm="caddy")
    assert process.user == "caddy"
    status = host.file(f"/proc/{process.pid}/status").content_string
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


# T-06
def test_the_admin_api_is_on_a_socket_for_root_only(host: Host) -> None:
    assert host.file("/run/caddy").mode == 0o700
    assert host.file("/run/caddy/admin.sock").mode == 0o600
    assert not host.socket("tcp://127.0.0.1:2019").is_listening


# T-08
def test_certificates_are_for_caddy_only(host: Host) -> None:
    folder = host.file("/var/lib/caddy")
    assert (folder.user, folder.mode) == ("caddy", 0o700)


def test_only_the_declared_ports_are_open(host: Host) -> None:
    ours = {
        line.split()[0] + " " + line.split()[4].rsplit(":", 1)[1]
        for line in host.check_output("ss -Hltunp").splitlines()
        if '"caddy"' in line
    }
    assert ours == {"tcp 80", "tcp 443", "udp 443"}


# T-12, R3.2
def test_the_access_log_holds_no_secret(host: Host, visitor) -> None:
    visitor.curl("https://app.test/reset?token=canary-1", "-H", "Cookie: canary-2", "-H", "Authorization: canary-3")
    log = host.file("/var/log/caddy/shop.log")
    last = json.loads(log.content_string.splitlines()[-1])
    assert last["request"]["uri"] == "/reset"
    assert "canary" not in log.content_string
    assert host.run("journalctl -u caddy | grep canary-").rc == 1
    assert (log.user, log.mode) == ("caddy", 0o640)


def test_each_declared_app_has_a_site(host: Host) -> None:
    sites = [f"{name}.caddy" for name in ("desk", "inner", "office", "shop", "single", "staging")]
    assert sorted(host.file("/etc/caddy/sites").listdir()) == sites
