"""What the role leaves on a host; what takes the program itself is in tests/e2e/tunnel."""

from __future__ import annotations

import pytest
import yaml
from testinfra.host import Host

BINARY = "/usr/local/bin/cloudflared"
CANARY = "Y2FuYXJ5LW9mLWEtdHVubmVsLXNlY3JldC0zMi1ieXRlcw=="


@pytest.fixture
def unit(host: Host) -> str:
    return str(host.file("/root/cloudflared.service").content_string)


def test_the_credentials_are_roots_alone(host: Host) -> None:  # K-02, X-02
    file = host.file("/etc/cloudflared/credentials.json")
    assert (file.user, file.mode) == ("root", 0o400)
    assert CANARY in file.content_string


def test_the_secret_is_nowhere_else(host: Host) -> None:  # K-02, X-03
    found = host.run(f"grep -rlF {CANARY} / --exclude-dir=proc --exclude-dir=sys 2>/dev/null").stdout.split()
    assert found == ["/etc/cloudflared/credentials.json"]
    assert CANARY not in host.run("journalctl --no-pager; ps -eo args").stdout


def test_there_is_no_certificate_of_the_account(host: Host) -> None:  # K-03
    assert host.run("find / -xdev -name cert.pem -path '*cloudflared*'").stdout == ""


def test_the_program_has_a_user_of_its_own_without_a_shell(host: Host) -> None:  # K-01
    user = host.user("cloudflared")
    assert (user.shell, user.home) == ("/usr/sbin/nologin", "/nonexistent")


def test_systemd_has_nothing_against_the_unit_but_a_missing_program(host: Host) -> None:
    said = host.run("systemd-analyze verify --man=no /root/cloudflared.service").stderr.splitlines()
    missing = f"cloudflared.service: Command {BINARY} is not executable: No such file or directory"
    assert said == ([] if host.file(BINARY).exists else [missing])


def test_the_unit_is_confined(host: Host) -> None:  # K-01, O-11
    rated = host.run("systemd-analyze security --no-pager --offline=true --threshold=20 /root/cloudflared.service")
    assert rated.rc == 0, rated.stdout[-400:]


def test_the_unit_comes_back_without_a_storm_and_never_updates_itself(unit: str) -> None:  # K-01, Z-31
    lines = unit.replace("\\\n  ", "").splitlines()
    for wanted in ("User=cloudflared", "Restart=always", "RestartSec=5s", "RestartMaxDelaySec=60s"):
        assert wanted in lines
    assert (
        f"ExecStart={BINARY} --config /etc/cloudflared/config.yml --no-autoupdate "
        "tunnel --retries 0 --grace-period 10s run" in lines
    )


def test_every_domain_goes_to_caddy_and_all_else_nowhere(host: Host) -> None:  # K-04, K-05
    routes = yaml.safe_load(host.file("/root/config.yml").content_string)
    assert routes["ingress"] == [
        {
            "hostname": name,
            "service": "https://127.0.0.1:443",
            "originRequest": {"originServerName": name},
        }
        for name in ("app.test", "www.app.test")
    ] + [{"service": "http_status:404"}]


def test_the_origin_is_verified_and_metrics_stay_inside(host: Host) -> None:  # K-05, K-07
    routes = yaml.safe_load(host.file("/root/config.yml").content_string)
    assert "noTLSVerify" not in host.file("/root/config.yml").content_string
    assert routes["originRequest"]["caPool"] == "/run/credentials/cloudflared.service/origin-ca.pem"
    assert routes["metrics"] == "127.0.0.1:19241"


def test_without_a_guard_no_pass_is_wanted(host: Host) -> None:
    assert "access:" not in host.file("/root/config.yml").content_string
