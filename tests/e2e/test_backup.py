"""Copies of one host on another: made, proved by the host itself, out of its reach, and brought back."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.rig import Rig
from slipway.rig.play import Played
from tests.release.target import tiny

pytestmark = pytest.mark.rig

HOSTS = {"web1": ["app.test"], "store1": []}
DATA, COPIES = "/var/lib/slipway/apps/tiny/data", "/srv/copies/web1"
PASSWORD = "not the one of a real store"
# The mirror is the data; a copy with a file `broken` is not whole, and whoever judges has no network but loopback.
MIRROR = ["sh", "-c", 'rm -rf "$0"/*; cp -a /data/. "$0"']
JUDGE = [
    "sh",
    "-c",
    'test "$(grep -c : /proc/net/dev)" = 1 && cd /data && test ! -e broken && echo "whole: $(cat who)"',
]


@dataclass(frozen=True)
class Pair:
    """A host with an app, and the store of its copies."""

    rig: Rig
    declared: Mapping[str, object]

    def play(self, playbook: str, host: str, **more: object) -> Played:
        """Run a playbook against one of the two."""
        told = json.dumps({**self.declared, **more})
        return self.rig.play(playbook, "-v", "--limit", host, "-e", told, inventories=())

    def shell(self, host: str, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script as root on one of the two."""
        return self.rig.host(host).exec(["sh", "-c", script])

    def state(self, verb: str) -> dict[str, object]:
        """Return what the host wrote down about its last run."""
        known: dict[str, dict[str, object]] = json.loads(
            self.shell("web1", "cat /var/lib/slipway/backup/state.json").stdout
        )
        return known[verb]

    def start(self, verb: str) -> int:
        """Let systemd run what a timer starts; return its exit code."""
        return self.shell("web1", f"systemctl start slipway-{verb}.service").returncode


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Yield a host whose app is live, and the store that its copies go to."""
    key = tmp_path_factory.mktemp("key") / "backup"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with Rig.up("e2e-backup", HOSTS, prepared=True) as rig:
        store = rig.host("store1")
        public = next(line for line in store.host_keys() if "ssh-ed25519" in line).partition(" ")[2]
        backup = {
            "repository": f"ssh://web1@{store.address}",
            "password": PASSWORD,
            "ssh_key": key.read_text(),
            "host_key": public,
        }
        app = tiny(mirror=MIRROR, judge=JUDGE, domains=["app.test"])
        declared = {"slipway_apps": [app], "slipway_secrets": {"tiny": {"token": "x" * 20}}, "slipway_backup": backup}
        yield set_up(Pair(rig, declared), key)


def set_up(pair: Pair, key: Path) -> Pair:
    """Make the store, and a release whose data says `ada`."""
    client = {"name": "web1", "key": key.with_suffix(".pub").read_text().strip()}
    pair.play("roles/backup_store/molecule/default/converge.yml", "store1", backup_store_clients=[client]).check()
    pair.play("roles/app/molecule/default/prepare.yml", "web1").check()
    pair.play("tests/e2e/playbooks/backup.yml", "web1").check()
    pair.shell("web1", "systemctl stop slipway-backup.timer")  # the tests say when
    pair.play("playbooks/deploy.yml", "web1").check()
    pair.rig.host("web1").put({f"{DATA}/who": "ada"})
    return pair


def test_a_copy_is_made_read_back_and_proved(pair: Pair) -> None:
    assert "is in the store" in pair.play("playbooks/backup.yml", "web1").check().stdout
    assert pair.start("drill") == 0
    told = pair.state("drill")["apps"]["tiny"]  # type: ignore[index]
    assert told["verdict"] == "whole: ada"
    assert told["id"] == pair.state("backup")["apps"]["tiny"]["id"]  # type: ignore[index]
    assert pair.start("check") == 0
    assert pair.state("check")["part"] == 1
    left = pair.shell("web1", "ls /var/lib/slipway/backup/drill; docker ps -aq --filter name=tiny-drill").stdout
    assert left == ""


def test_a_copy_of_broken_data_fails_the_drill_and_nothing_else(pair: Pair) -> None:
    pair.shell("web1", f"touch {DATA}/broken")
    pair.play("playbooks/backup.yml", "web1").check()
    assert pair.start("drill") != 0
    assert "tiny: the copy is not whole: `judge` exited with code 1." in str(pair.state("drill")["said"])
    pair.shell("web1", f"rm {DATA}/broken; systemctl reset-failed")
    pair.play("playbooks/backup.yml", "web1").check()
    assert pair.start("drill") == 0


# What root on the host, which has the password and the key, may try on the store: `restic` and `there` reach it.
ATTACKS = (
    "restic forget --keep-last 1 --prune",
    "restic forget latest",
    "restic rewrite --forget --exclude who latest",
    "restic key passwd --new-password-file /etc/hostname",
    "restic init",
    "there rm -rf /srv/copies",
    "there rclone delete /srv/copies/web1",
    "echo 'rm /srv/copies/web1/config' | sftp -b - $options web1@$store",
    "scp $options /etc/hostname web1@$store:/srv/copies/web1/config",
    "ssh $options -N -o ExitOnForwardFailure=yes -R 2222:localhost:22 web1@$store",
)
ARMED = """
secrets=/etc/slipway/backup store={store}
options="-i $secrets/key -o UserKnownHostsFile=$secrets/known_hosts -o HostKeyAlias=store -o BatchMode=yes"
there() {{ ssh $options web1@$store "$@"; }}
restic() {{
  command restic -r rclone:x -o rclone.program="ssh $options web1@$store x" --password-file $secrets/password "$@"
}}
{attack}
"""


def test_who_takes_the_host_over_takes_no_copy_away(pair: Pair) -> None:
    """All at once: each waits most of its time, until it gives the store's refusal up."""
    before, store = kept(pair), pair.rig.host("store1").address
    scripts = [ARMED.format(store=store, attack=attack) for attack in ATTACKS]
    attacks = "\n".join(f"timeout 30 bash -c {shlex.quote(script)} &" for script in scripts)
    told = pair.rig.host("web1").exec(["bash", "-c", f"{attacks}\nwait"])
    assert before <= kept(pair), "what is tried may add"
    assert "403 Forbidden" in told.stderr, "the store is what refused"


def kept(pair: Pair) -> set[str]:
    """Return the hash and path of each file that the store keeps for the host, but of locks."""
    script = f"cd {COPIES} && find . -type f -not -path './locks/*' | xargs sha256sum"
    return set(pair.shell("store1", script).stdout.splitlines())


@pytest.mark.long
def test_a_host_that_was_lost_is_made_again(pair: Pair, tmp_path: Path) -> None:
    """The store's folder lies on the new host here: rigs do not reach each other."""
    serial = certificate(pair.rig)
    pair.play("playbooks/backup.yml", "web1").check()
    packed = pair.rig.host("store1").container.get_archive(COPIES)[0]
    with Rig.up("e2e-backup-bare", {"web1": ["app.test"]}) as rig:
        lost = Pair(rig, {**pair.declared, "slipway_backup": {"repository": "/srv/web1", "password": PASSWORD}})
        assert rig.host("web1").container.put_archive("/srv", b"".join(packed))
        lost.shell("web1", "chown -R root:root /srv/web1")
        told = lost.play("playbooks/restore-bare.yml", "web1").stdout
        assert "tiny: its data is that of " in told
        # The former rig's authority is not this one's, so what is asked from outside is not trusted; all else is well.
        assert re.findall(r"[A-Z_]+(?=\]\n)", told) == ["CERTIFICATE"], told
        assert lost.shell("web1", f"cat {DATA}/who").stdout == "ada"
        assert certificate(rig) == serial
        assert "obtaining certificate" not in lost.shell("web1", "journalctl -u caddy --no-pager").stdout
        lost.play("playbooks/backup.yml", "web1", backup_drill=True).check()
        second = lost.play("playbooks/restore-bare.yml", "web1").stdout
        assert "its data is that of" not in second, "with nothing to bring back it is an ordinary run"


def certificate(rig: Rig) -> str:
    """Return the serial number of the certificate that visitors of the app get."""
    script = "openssl x509 -noout -serial -in $(find /var/lib/caddy/certificates -name app.test.crt)"
    return rig.host("web1").exec(["sh", "-c", script], check=True).stdout


def test_a_new_host_copies_nothing_before_its_data_came_back(pair: Pair) -> None:
    pair.rig.host("web1").put({f"{DATA}/who": "mallory"})
    copy = str(pair.state("drill")["apps"]["tiny"]["id"])  # type: ignore[index]
    pair.shell("web1", "rm -rf /var/lib/slipway/backup/*")
    assert "copies of it from before this host" in pair.play("playbooks/backup.yml", "web1").stdout
    done = pair.play("playbooks/restore.yml", "web1", app_only="tiny", backup_copy=copy).check()
    assert "judged: whole: ada" in done.stdout
    assert pair.shell("web1", f"cat {DATA}/who").stdout == "ada"
    pair.play("playbooks/backup.yml", "web1").check()
    assert pair.start("drill") == 0
