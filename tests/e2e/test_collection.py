"""One role in somebody else's playbook: the built collection, one host, and no setting of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from slipway.rig import Rig
from slipway.rig.play import Played
from tests.built_collection import ROOT, build, checkout, install, others_environment

pytestmark = [pytest.mark.rig, pytest.mark.timeout(900)]

PREPARED = True
USER = "admin"
# What another role could prepare comes before that role: ssh and firewall before deadman, all before baseline.
ROLES = ["ssh", "firewall", "caddy", "docker", "fail2ban", "admin", "deadman", "baseline"]
FIRST_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def house(rig: Rig) -> Iterator[Path]:
    """Yield somebody else's folder: the collection, an inventory of one host, and a playbook for each role's README.

    Its path is short, since Ansible keeps the sockets of connections below the home folder.
    """
    # As the first user of Debian's cloud images is; the rig's has sudo by name, and role ssh would rightly refuse.
    assert rig.host("web1").exec(["usermod", "--append", "--groups", "sudo", USER]).returncode == 0
    with tempfile.TemporaryDirectory(prefix="kit-") as name:
        folder = Path(name)
        install(build(checkout(folder / "checkout"), folder), folder)
        shutil.rmtree(folder / "checkout")
        (folder / ".ssh").mkdir(mode=0o700)
        (folder / ".ssh/id_ed25519.pub").write_text(public_key(rig))
        hosts = yaml.safe_load((rig.inventory / "hosts.yml").read_text())
        (folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
        for role in ROLES:
            (folder / f"{role}.yml").write_text(smallest_playbook(role))
        every = [{"ansible.builtin.import_playbook": f"{role}.yml"} for role in ROLES]
        (folder / "every.yml").write_text(yaml.safe_dump(every))
        yield folder


def public_key(rig: Rig) -> str:
    """Return the public half of the key that lets Ansible in."""
    private = str(rig.host("web1").folder / "id_ed25519")
    return subprocess.run(["ssh-keygen", "-y", "-f", private], check=True, capture_output=True, text=True).stdout


def smallest_playbook(role: str) -> str:
    """Return the first block of YAML in a role's README."""
    block = FIRST_BLOCK.search((ROOT / "roles" / role / "README.md").read_text())
    assert block, f"roles/{role}/README.md shows no playbook"
    return block[1]


def play(house: Path, playbook: str, *args: str) -> Played:
    """Run a playbook as its owner would; downloaded programs come from the cache of whoever runs the tests."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", playbook, *args],
        cwd=house,
        env={**others_environment(house), "HOME": str(house), "XDG_CACHE_HOME": cache},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Played(done.returncode, done.stdout)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_works_by_itself_as_its_readme_shows(house: Path, role: str) -> None:
    assert f"slipway.kit.{role}" in (house / f"{role}.yml").read_text()
    assert play(house, f"{role}.yml").check().changed > 0 or role == "deadman"


def test_all_of_them_again_change_nothing(house: Path) -> None:
    played = play(house, "every.yml").check()
    assert played.changed == 0, played.stdout


@pytest.mark.parametrize(
    ("role", "bad", "words"),
    [
        ("ssh", {"ssh_ports": [2222]}, "ssh_ports is [2222], and Ansible comes to web1 by port 22"),
        ("firewall", {"firewall_ssh_networks": ["192.0.2.0/24"]}, "it would be shut out. [LOCKED_OUT]"),
        ("admin", {"admin_users": [{"name": "ada", "keys": []}]}, "Admin user `ada` has no key"),
        ("docker", {"docker_address_pools": ["0.0.0.0/0"]}, "[POOL_HOLDS_HOST]"),
        ("baseline", {"baseline_sysctl": {"net.ipv4.nope": 1}}, "has no setting `net.ipv4.nope`"),
    ],
    ids=lambda value: value if value in ROLES else "",
)
def test_a_role_alone_refuses_what_would_lock_out(house: Path, role: str, bad: dict[str, object], words: str) -> None:
    played = play(house, f"{role}.yml", "--extra-vars", json.dumps(bad))
    assert played.rc != 0
    text = " ".join(played.stdout.split())
    assert words in text, played.stdout
    assert f"Role {role} refuses its inputs for web1. Nothing was changed." in text
    assert played.changed == 0


@pytest.mark.parametrize("role", ["baseline", "firewall"])
def test_a_role_gathers_the_facts_that_its_play_did_not(house: Path, role: str) -> None:
    [without] = yaml.safe_load((house / f"{role}.yml").read_text())
    (house / "without.yml").write_text(yaml.safe_dump([{**without, "gather_facts": False}]))
    played = play(house, "without.yml").check()
    assert played.changed == 0, played.stdout
