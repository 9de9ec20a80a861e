"""Two hosts: Strongbox's copies go to a store that a taken-over host can't empty, and come back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.cli import main
from slipway.rig import Rig

DOMAIN, STORE = "strongbox.demo.test", "store.demo.test"
PEOPLE = Path(__file__).parents[1] / "upgrade" / "people.py"
ROOT = "/var/lib/slipway/apps/strongbox"
COPIES = "/srv/copies/web1"
OPTIONS = (
    "-F none -i /etc/slipway/backup/key -o BatchMode=yes -o HostKeyAlias=store"
    " -o UserKnownHostsFile=/etc/slipway/backup/known_hosts"
)
SSH = f"ssh {OPTIONS} -l web1 {STORE}"
RESTIC = f"restic -r rclone:x -o rclone.program='{SSH}' --password-file /etc/slipway/backup/password"
# What root on the host can try with the key and the password that it has.
ATTACKS = [
    f"{RESTIC} forget --keep-last 1 --prune",
    f"{RESTIC} forget --unsafe-allow-remove-all --tag app=strongbox --prune",
    f"{RESTIC} tag --set gone",
    f"{RESTIC} rewrite --forget --exclude users",
    f"{RESTIC} key passwd --new-password-file /etc/hostname",
    f"{RESTIC} prune --max-unused 0",
    f"{SSH} rm -rf {COPIES}",
    f"{SSH} 'cd {COPIES}; for each in config keys/* snapshots/*; do : >$each; done'",
    f"echo 'rm {COPIES}/config' | sftp {OPTIONS} -b - web1@{STORE}",
    f"scp {OPTIONS} /etc/hostname web1@{STORE}:{COPIES}/config",
    f"scp -O {OPTIONS} /etc/hostname web1@{STORE}:{COPIES}/config",
]
DAMAGE = (
    f"for each in {ROOT}/data/users/*/*/records.db; do dd if=/dev/urandom of=$each bs=4096 seek=1 count=2 conv=notrunc"
)
DAMAGE += "; done"

pytestmark = pytest.mark.rig


@dataclass(frozen=True)
class Two:
    """Both hosts; `words` name the inventories for a verb."""

    rig: Rig
    words: list[str]

    def verb(self, *words: str) -> int:
        """Run a verb of `slipway` as it is typed."""
        return main([words[0], *self.words, *words[1:]])

    def people(self, verb: str) -> Any:
        """Let two people of Strongbox write, or read, all that they keep; None where that fails."""
        self.rig.visitor.put({"/tmp/people.py": PEOPLE.read_text()})
        done = self.rig.visitor.exec(["python3", "/tmp/people.py", verb, DOMAIN])
        return json.loads(done.stdout) if done.returncode == 0 else None

    def on(self, host: str, script: str) -> str:
        """Run a script as root."""
        return self.rig.host(host).exec(["sh", "-ec", script], check=True).stdout

    def stored(self) -> dict[str, str]:
        """Return the hash of each file that the store keeps, locks apart."""
        found = self.on("store1", f"cd {COPIES} && find . -type f -not -path './locks/*' -exec sha256sum {{}} +")
        return {name: digest for digest, _, name in (line.partition("  ") for line in found.splitlines())}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("copies")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    with Rig.up("e2e-copies", {"web1": [DOMAIN], "store1": [STORE]}, prepared=True) as rig:
        public = (folder / "key.pub").read_text().split()
        clients = {"backup_store_clients": [{"name": "web1", "key": " ".join(public[:2])}]}
        rig.play("tests/e2e/playbooks/store.yml", "-e", json.dumps(clients), inventories=()).check()
        pinned = rig.host("store1").exec(["cat", "/etc/ssh/ssh_host_ed25519_key.pub"], check=True).stdout.split()
        declared = {
            "repository": f"ssh://web1@{STORE}",
            "password": "of this test and no other",
            "ssh_key": (folder / "key").read_text(),
            "host_key": " ".join(pinned[:2]),
        }
        own = folder / "inventory" / "host_vars" / "web1.yml"
        own.parent.mkdir(parents=True)
        own.write_text(yaml.safe_dump({"slipway_backup": declared}))
        (folder / "inventory" / "hosts.yml").write_text("all: {hosts: {web1: {}}}\n")
        sources = ["inventories/demo", rig.inventory, folder / "inventory"]
        rig.play(
            "playbooks/site.yml", "--limit", "web1", inventories=["inventories/demo", folder / "inventory"]
        ).check()
        yield Two(rig, [word for source in sources for word in ("-i", str(source))])


def test_every_record_comes_back(two: Two, capfd: pytest.CaptureFixture[str]) -> None:
    written = two.people("write")
    two.on("web1", "systemctl start slipway-backup.service")
    two.on("web1", DAMAGE)
    assert two.people("read") is None
    assert two.verb("restore", "--app", "strongbox", "--host", "web1", "--yes") == 0, capfd.readouterr()
    assert two.people("read") == written
    assert "judged: 2 vaults, 2 accounts" in capfd.readouterr().out
    assert two.on("web1", f"ls -d {ROOT}/data.before-*").count("\n") == 1
    assert "nosuid" in two.on("web1", f"findmnt --noheadings --output OPTIONS {ROOT}/data")


def test_a_second_copy_of_the_same_data_ships_next_to_nothing(two: Two) -> None:
    def size() -> int:
        return int(two.on("store1", f"du -sb {COPIES}").split()[0])

    two.on("web1", "systemctl start slipway-backup.service")
    before = size()
    two.on("web1", "systemctl start slipway-backup.service")
    assert size() - before < 10_000


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_host_that_was_taken_over_deletes_and_changes_nothing(two: Two, attack: str) -> None:
    before = two.stored()
    assert len([name for name in before if name.startswith("./snapshots/")]) >= 1
    two.on("web1", f"{RESTIC} unlock")  # of the attack before
    two.rig.host("web1").exec(["timeout", "20", "sh", "-c", attack])
    after = two.stored()
    assert {name: after.get(name) for name in before} == before


def test_what_is_not_whole_is_not_taken(two: Two, capfd: pytest.CaptureFixture[str]) -> None:
    two.on("web1", f"systemctl stop slipway-backup.timer; {DAMAGE.replace('/data/', '/mirror/')}")
    wrong = two.on("web1", f"{RESTIC} backup --quiet --json --host web1 --tag app=strongbox {ROOT}/mirror")
    copy = json.loads(wrong.splitlines()[-1])["snapshot_id"]
    before = two.people("read")
    assert two.verb("restore", "--app", "strongbox", "--host", "web1", "--copy", copy, "--yes") == 1
    assert "the copy is not whole: `judge` exited with code 1" in capfd.readouterr().err
    assert two.people("read") == before


def test_a_restore_that_is_killed_is_taken_back_by_the_next_deploy(two: Two) -> None:
    before = two.people("read")
    half = f"""
    cd {ROOT}; printf '{{"former": "data.before-20200101T000000Z", "maintenance": false}}' >state/data-swap.json
    docker stop strongbox-green strongbox-blue 2>/dev/null || true
    touch live/maintenance; systemctl stop 'var-lib-slipway-apps-strongbox-data.mount'
    mv data data.before-20200101T000000Z"""
    two.on("web1", half)
    assert two.people("read") is None
    assert two.verb("deploy", "--limit", "web1") == 0
    assert two.people("read") == before
