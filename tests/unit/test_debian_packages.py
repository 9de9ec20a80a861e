"""What dpkg's answer means, and what apt is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.module_utils import debian_packages
from ansible.module_utils.debian_packages import apt_command, installed, policy, starting_nothing_of

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


def test_the_policy_is_gone_afterwards_and_somebody_elses_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian_packages, "POLICY", path)
    with starting_nothing_of(["docker"]):
        assert path.exists()
    assert not path.exists()
    path.write_text("theirs")
    with starting_nothing_of(["docker"]):
        assert path.read_text() == "theirs"
    assert path.exists()
