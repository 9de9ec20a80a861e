"""What dpkg's answer means, and what apt is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils import debian_packages
from ansible_collections.slipway.kit.plugins.module_utils.debian_packages import (
    ahead,
    apt_command,
    install,
    installed,
    policy,
)
from ansible_collections.slipway.kit.plugins.module_utils.debian_packages.ahead import begin, lacking

LISTING = "ii  nftables\nhi  docker.io\nrc  removed\niU  half\nun  never\n"


def test_only_what_is_installed_completely_counts() -> None:
    assert installed(LISTING) == {"nftables", "docker.io"}


def test_apt_takes_nothing_along_and_overwrites_no_file_of_an_admin() -> None:
    command = apt_command("install", ["sudo"])
    assert "--no-install-recommends" in command
    assert "-oDpkg::Options::=--force-confold" in command
    assert command[-2:] == ["install", "sudo"]


@pytest.mark.parametrize(
    ("service", "code"), [("docker", 101), ("docker.service", 101), ("docker.socket", 101), ("dockerd", 0), ("ssh", 0)]
)
def test_packages_start_everything_but_what_is_configured_first(service: str, code: int, tmp_path: Path) -> None:
    program = tmp_path / "policy-rc.d"
    program.write_text(policy(["docker", "fail2ban"]))
    assert subprocess.run(["sh", program, service, "start"], check=False).returncode == code


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Stand in for a Debian host: its files, and which commands it was given."""
    made = Host(tmp_path)
    for name in ("POLICY", "UPDATES", "LISTS"):
        monkeypatch.setattr(debian_packages, name, getattr(made, name.lower()))
    monkeypatch.setattr(ahead, "POLICY", made.policy)
    monkeypatch.setattr(ahead, "TRANSIENT", made.transient)
    monkeypatch.setattr(subprocess, "run", made.run)
    return made


class Host:
    def __init__(self, folder: Path) -> None:
        self.policy, self.transient = folder / "policy-rc.d", folder / "transient"
        self.updates, self.lists = folder / "updates", folder / "lists"
        self.updates.mkdir()
        self.lists.mkdir()
        self.given = list[list[str]]()
        self.installed = set[str]()
        self.on_install = list[str]()

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.given.append(command)
        answer = ""
        if command[0] == "dpkg-query":
            answer = "".join(f"ii  {name}\n" for name in command[3:] if name in self.installed)
        elif command[0] == "systemctl":  # the second look finds it ended
            answer = "activating\n"
            if [given[0] for given in self.given].count("systemctl") > 1:
                self.installed.add("docker.io")
                self.transient.unlink()
        elif "install" in command and self.policy.exists():
            self.on_install.append(self.policy.read_text())
        return subprocess.CompletedProcess(command, 0, answer, "")

    def words(self, place: int = 0) -> list[str]:
        return [command[place] for command in self.given]


def test_the_policy_is_there_while_it_installs_and_gone_afterwards(host: Host) -> None:
    install(["docker.io"], ["docker"])
    assert host.on_install == [policy(["docker"])]
    assert not host.policy.exists()


def test_somebody_elses_policy_stays(host: Host) -> None:
    host.policy.write_text("theirs")
    install(["docker.io"], ["docker"])
    assert (host.on_install, host.policy.read_text()) == (["theirs"], "theirs")


def test_our_own_policy_that_a_power_cut_left_does_not(host: Host) -> None:
    host.policy.write_text(policy(["fail2ban"]))
    install(["docker.io"], ["docker"])
    assert host.on_install == [policy(["docker"])]
    assert not host.policy.exists()


def test_what_dpkg_was_interrupted_in_is_ended_first(host: Host) -> None:
    (host.updates / "0001").touch()
    install(["docker.io"], [])
    assert host.words() == ["dpkg", "apt-get", "apt-get"]
    assert host.given[0][-2:] == ["--configure", "--pending"]


def test_lists_are_fetched_once_a_day(host: Host) -> None:
    install(["nftables"], [])
    install(["sudo"], [])
    assert [command[-1] for command in host.given] == ["update", "nftables", "sudo"]


def test_what_is_begun_is_systemds_and_takes_the_policy_away_itself(host: Host) -> None:
    begin(["docker.io"], ["docker"])
    command = host.given[-1]
    assert command[0] == "systemd-run"
    assert "--unit=slipway-packages.service" in command
    assert f"--property=ExecStopPost=/usr/bin/rm -f {host.policy}" in command
    assert command[command.index("apt-get") :] == apt_command("install", ["docker.io"])
    assert host.policy.read_text() == policy(["docker"])


def test_somebody_elses_policy_is_not_taken_away_by_what_is_begun(host: Host) -> None:
    host.policy.write_text("theirs")
    begin(["docker.io"], ["docker"])
    assert not [word for word in host.given[-1] if "ExecStopPost" in word]


def test_who_lacks_a_package_waits_for_what_was_begun(host: Host) -> None:
    host.transient.touch()
    assert lacking(["docker.io", "fail2ban"]) == ["fail2ban"]
    assert host.words() == ["dpkg-query", "systemctl", "systemctl", "dpkg-query"]


def test_who_lacks_nothing_does_not_wait(host: Host) -> None:
    host.transient.touch()
    host.installed.add("nftables")
    assert lacking(["nftables"]) == []
    assert host.words() == ["dpkg-query"]
