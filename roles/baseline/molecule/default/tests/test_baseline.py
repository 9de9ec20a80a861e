"""What role baseline promises."""

from __future__ import annotations

from testinfra.host import Host


def test_security_updates_install_themselves(host: Host) -> None:  # O-01
    settings = host.run_expect([0], "apt-config dump").stdout
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in settings
    assert host.service("apt-daily-upgrade.timer").is_running
    rehearsal = host.run("unattended-upgrade --dry-run --verbose")
    assert "label=Debian-Security" in rehearsal.stdout + rehearsal.stderr


def test_docker_is_not_updated_behind_the_back_of_its_containers(host: Host) -> None:  # D-08
    assert 'Unattended-Upgrade::Package-Blacklist:: "^docker\\.io$";' in host.run("apt-config dump").stdout


def test_the_clock_is_kept_and_logs_are_in_utc(host: Host) -> None:  # O-08
    assert host.service("systemd-timesyncd.service").is_enabled
    assert host.run("date +%Z").stdout.strip() == "UTC"


def test_the_journal_is_bounded(host: Host) -> None:
    settings = host.run_expect([0], "systemd-analyze cat-config systemd/journald.conf").stdout
    assert "SystemMaxUse=500M" in settings


def test_the_network_is_hardened(host: Host) -> None:  # O-02
    wanted = {
        "net.ipv4.conf.all.accept_redirects": 0,
        "net.ipv4.conf.all.send_redirects": 0,
        "net.ipv4.tcp_syncookies": 1,
    }
    assert {key: host.sysctl(key) for key in wanted} == wanted


def test_a_container_leaves_the_kernel_of_the_machine_below_alone(host: Host) -> None:
    assert "kernel." not in host.file("/etc/sysctl.d/90-slipway.conf").content_string


def test_nothing_dumps_its_memory(host: Host) -> None:
    assert host.run("systemctl show --property DefaultLimitCORE").stdout.strip() == "DefaultLimitCORE=0"
