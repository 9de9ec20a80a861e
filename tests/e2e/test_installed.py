"""The wheel in an empty environment, in the folder of an app of one's own, where no checkout of the kit can be seen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.rig import Rig
from tests.built_wheel import build_wheel

pytestmark = pytest.mark.rig

PREPARED = True
HOSTS = {"web1": ["shop.test"]}
ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests/release/tiny"
# Whoever has this shell has no checkout: an empty file system lies over it.
WITHOUT_CHECKOUT = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(ROOT)]


@dataclass(frozen=True)
class Person:
    """Somebody with an app, a host, and `slipway` installed from the wheel."""

    rig: Rig
    home: Path

    @property
    def app(self) -> Path:
        """The app's repository."""
        return self.home / "shop"

    def slipway(self, *words: str, where: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command in the app's repository, or below it."""
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        kept = {name: os.environ[name] for name in ("LANG", "DOCKER_HOST") if name in os.environ}
        mine = {"HOME": str(self.home), "XDG_CACHE_HOME": cache, "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        return subprocess.run(
            [*WITHOUT_CHECKOUT, str(self.home / "env/bin/slipway"), *words],
            cwd=where or self.app,
            env={**kept, **mine},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def page(self) -> str:
        """Return what a visitor gets."""
        answer = self.rig.visitor.curl("https://shop.test/", "--fail")
        assert answer.returncode == 0, answer.stderr
        return answer.stdout


@pytest.fixture(scope="module")
def person(rig: Rig) -> Iterator[Person]:
    """Yield a person with all that in a home of a short path, below which Ansible keeps its sockets."""
    with tempfile.TemporaryDirectory(prefix="kit-") as name:
        person = Person(rig, Path(name))
        install(person.home)
        shutil.copytree(TINY, person.app)
        shutil.copy(rig.folder / "id_ed25519", person.home / "key")
        init(person)
        yield person


def install(home: Path) -> None:
    """Install the wheel as the README says, into an environment that has nothing of this one."""
    wheel, python = build_wheel(ROOT, home / "wheels"), home / "env/bin/python"
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run(["/usr/bin/python3", "-m", "venv", str(home / "env")], check=True)
    subprocess.run([*uv, "--require-hashes", "--requirements", str(ROOT / "requirements.txt")], check=True)
    subprocess.run([*uv, "--no-deps", str(wheel)], check=True)


def init(person: Person) -> None:
    """Write the inventory of the rig's host; its authority is the rig's instead of Let's Encrypt."""
    answers = {
        "--host": person.rig.host("web1").address,
        "--ssh-key": str(person.home / "key"),
        "--app": "shop",
        "--source": ".",
        "--domain": "shop.test",
        "--email": "me@example.com",
    }
    words = ["init", "production", *(word for answer in answers.items() for word in answer)]
    refused = person.slipway(*words)
    assert refused.returncode == 2, refused.stdout
    fingerprint = next(word for word in refused.stdout.split() if word.startswith("SHA256:"))
    written = person.slipway(*words, "--host-key", fingerprint)
    assert written.returncode == 0, written.stdout
    assert "slipway site production" in written.stdout
    authority = (person.rig.inventory / "group_vars/all/acme.yml").read_text(encoding="utf-8")
    shutil.copytree(person.rig.folder, person.home / "rig", ignore=shutil.ignore_patterns("inventory"))
    authority = authority.replace(str(person.rig.folder), str(person.home / "rig"))
    (person.app / "inventories/production/group_vars/all/acme.yml").write_text(authority, encoding="utf-8")


def test_the_checkout_is_out_of_sight(person: Person) -> None:
    seen = [*WITHOUT_CHECKOUT, "ls", "--almost-all", str(ROOT)]
    assert subprocess.run(seen, check=True, capture_output=True, text=True).stdout == ""
    assert person.slipway("--version").stdout.startswith("slipway ")


def test_an_app_goes_from_its_folder_to_https_is_changed_and_taken_back(person: Person) -> None:
    done = person.slipway("site", "production")
    assert done.returncode == 0, done.stdout[-6000:]
    first = person.page()
    source = person.app / "tiny.py"
    source.write_text(source.read_text() + "# another release\n")
    (person.app / "src").mkdir()
    deployed = person.slipway("deploy", "production", where=person.app / "src")
    assert deployed.returncode == 0, deployed.stdout[-6000:]
    [status] = json.loads(person.slipway("status", "production", "--json").stdout)["hosts"]["production"]
    live, kept = (release["id"] for release in status["releases"])
    back = person.slipway("rollback", "production")
    assert back.returncode == 0, back.stdout[-6000:]
    [status] = json.loads(person.slipway("status", "production", "--json").stdout)["hosts"]["production"]
    assert {release["id"]: release["state"] for release in status["releases"]}[kept] == "live"
    assert live != kept
    assert person.page() == first


def test_exit_codes_tell_refused_from_unknown(person: Person) -> None:
    assert person.slipway("deploy", "production", "shpo").returncode == 2
    assert person.slipway("rollback", "production", "--to", "0123456789").returncode == 2
    assert person.slipway("deploy", "production", "-e", "ansible_port=1").returncode == 3
    assert person.slipway("doctor", "production", "--no-drift", "--limit", "nobody").returncode == 3
