"""What role baseline promises."""

from __future__ import annotations

import re

from testinfra.host import Host


def test_security_updates_install_themselves(host: Host) -> None:  # O-01
    settings = host.run_expect([0], "apt-config dump").stdout
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in settings
    assert host.service("apt-daily-upgrade.timer").is_running
    assert "label=Debian-Security" in settings


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
    written = host.file("/etc/sysctl.d/90-slipway.conf").content_string
    declared = {key: int(value) for key, value in re.findall(r"^-?(net\S+) = (\d+)$", written, re.MULTILINE)}
    assert len(declared) >= 20
    assert {key: host.sysctl(key) for key in declared} == declared


def test_a_container_leaves_the_kernel_of_the_machine_below_alone(host: Host) -> None:
    assert "kernel." not in host.file("/etc/sysctl.d/90-slipway.conf").content_string


def test_nothing_dumps_its_memory(host: Host) -> None:
    assert host.run("systemctl show --property DefaultLimitCORE").stdout.strip() == "DefaultLimitCORE=0"


def test_a_look_for_due_reboots_is_taken_daily(host: Host) -> None:
    assert host.service("slipway-reboot-due.timer").is_running
    host.run_expect([0], "touch /run/reboot-required && systemctl start slipway-reboot-due.service")
    assert "A reboot is due" in host.file("/run/motd.d/slipway-reboot-due").content_string
    assert "A reboot is due" in host.run("journalctl --unit slipway-reboot-due --priority warning --no-pager").stdout
    host.run_expect([0], "rm /run/reboot-required && systemctl start slipway-reboot-due.service")
    assert not host.file("/run/motd.d/slipway-reboot-due").exists


def test_users_see_their_own_processes_only(host: Host) -> None:
    # Again, on mounts that are restricted already: as after a change of the unit.
    host.run_expect([0], "systemctl restart slipway-mounts.service")
    seen = host.run_expect([0], "runuser --user nobody -- ls /proc").stdout.split()
    assert "1" not in seen
    assert host.service("systemd-logind").is_running


def test_nothing_runs_from_where_everybody_writes(host: Host) -> None:  # O-10
    for path in ("/dev/shm", "/tmp", "/var/tmp"):
        options = host.run_expect([0], f"findmnt --noheadings --output OPTIONS --target {path} | tail -n 1").stdout
        assert {"nosuid", "nodev", "noexec"} <= set(options.strip().split(",")), path
        assert host.run(f"cp /bin/true {path}/run-me && {path}/run-me; rc=$?; rm {path}/run-me; exit $rc").rc == 126


def test_devices_stay_devices_and_nothing_runs_from_their_folder(host: Host) -> None:  # O-10
    options = host.run_expect([0], "findmnt --noheadings --output OPTIONS --mountpoint /dev | tail -n 1").stdout
    assert {"nosuid", "noexec"} <= set(options.strip().split(","))
    assert "nodev" not in options
    assert host.run("cp /bin/true /dev/run-me && /dev/run-me; rc=$?; rm /dev/run-me; exit $rc").rc == 126
    host.run_expect([0], "head -c 1 /dev/urandom >/dev/null")


def test_a_weak_password_is_refused_and_a_good_one_is_not(host: Host) -> None:
    host.run_expect([0], "useradd weak")
    refused = host.run("printf 'weak:Sommer26\n' | chpasswd")
    accepted = host.run("printf 'weak:vantage=Harbour7+quilt9\n' | chpasswd")
    host.run_expect([0], "userdel weak")
    assert refused.rc != 0
    assert accepted.rc == 0, accepted.stderr


def test_jobs_of_cron_are_roots_to_read(host: Host) -> None:
    host.run_expect([0], "mkdir -p --mode 0755 /etc/cron.weekly && systemd-tmpfiles --create slipway-cron.conf")
    assert host.file("/etc/cron.weekly").mode == 0o700
    assert host.file("/etc/cron.daily").mode == 0o700


def test_modules_nobody_needs_can_not_be_loaded(host: Host) -> None:  # O-03
    assert "install dccp /bin/false" in host.file("/etc/modprobe.d/slipway.conf").content_string


def test_only_known_programs_carry_the_rights_of_another(host: Host) -> None:  # O-03
    known = {"chage", "chfn", "chsh", "crontab", "expiry", "gpasswd", "mount", "newgrp", "passwd", "su", "sudo"}
    known |= {
        "ssh-agent",
        "ssh-keysign",
        "umount",
        "unix_chkpwd",
        "dbus-daemon-launch-helper",
        "newgidmap",
        "newuidmap",
    }
    found = host.run_expect([0], "find / -xdev -type f -perm /6000 -printf '%f\\n'").stdout.split()
    assert "sudo" in found
    assert set(found) - known == set()


def test_new_files_are_closed_to_strangers(host: Host) -> None:  # O-05
    assert host.run("bash --login -c umask").stdout.strip() == "0027"
    assert "UMASK 027" in host.file("/etc/login.defs").content_string
    assert host.run("pwck --read-only --quiet").rc == 0
    for path, mode in (("/etc/passwd", 0o644), ("/etc/shadow", 0o640), ("/etc/group", 0o644)):
        assert (host.file(path).user, host.file(path).mode) == ("root", mode)


def test_nobody_is_trusted_by_the_name_of_his_host(host: Host) -> None:  # O-04
    found = host.run_expect([0], "find / -xdev -maxdepth 3 -name hosts.equiv -o -name .rhosts -o -name .netrc").stdout
    assert found == ""


def test_relics_are_absent(host: Host) -> None:  # O-06
    relics = ("telnetd", "rsh-server", "nis", "tftpd", "xinetd")
    assert [name for name in relics if host.package(name).is_installed] == []


def test_units_are_confined_and_none_failed(host: Host) -> None:  # O-09 O-11
    for unit in ("slipway-mounts", "slipway-reboot-due"):
        verdict = host.run(f"systemd-analyze security --no-pager --threshold=40 {unit}.service")
        assert verdict.rc == 0, verdict.stdout
    assert host.run("systemctl --failed --quiet --no-legend").stdout == ""
