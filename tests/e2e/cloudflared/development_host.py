"""A host of the rig as roles bring it up for `exposure: tunnel`, where cloudflared has a network of its own.

The host itself can call out, so the unit is moved into a namespace with loopback only; a door there leads to Caddy.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from slipway.rig import Rig
from slipway.rig.host import Host
from slipway.rig.play import Played, command, environment
from tests.e2e.tunnel.pair import FOLDER as TUNNEL_TESTS

from .front import APP, RELEASE
from .namespace import Namespace
from .pin import Pin

QUIET = "/run/netns/quiet"
INSIDE = f"NetworkNamespacePath={QUIET}\n"
UNITS = "/etc/systemd/system"
SERVER = "python3 -m http.server --bind 127.0.0.1 --directory /srv"
DOOR = "/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:443"
PASSWORD = "of-a-vault-for-tests"


@dataclass(frozen=True)
class DevelopmentHost:
    """The host, what Ansible is told of it, and the pin of the program that its role installs."""

    rig: Rig
    folder: Path
    pin: Pin

    @property
    def host(self) -> Host:
        return self.rig.host("dev1")

    def prepare(self) -> Namespace:
        """Bring the host to where `make site` would have brought it, and serve a page; return its quiet network."""
        self.tell()
        self.rig.play(str(TUNNEL_TESTS / "hosts.yml"), "-i", str(self.folder)).check()
        [app] = complete([APP])
        port = cast("dict[str, dict[str, int]]", app["slots"])["blue"]["port"]
        self.host.exec(["mkdir", "-p", "/srv", str(app["live_dir"])], check=True)
        self.host.put(
            {
                "/srv/index.html": "<h1>Not for everyone</h1>\n",
                f"{app['live_dir']}/blue.release": RELEASE,
                f"{UNITS}/slot.service": f"[Service]\nExecStart={SERVER} {port}\n",
                f"{UNITS}/door.socket": f"[Socket]\n{INSIDE}ListenStream=127.0.0.1:443\n",
                f"{UNITS}/door.service": f"[Service]\nExecStart={DOOR}\n",
                f"{UNITS}/inhabitant.service": f"[Service]\n{INSIDE}ExecStart=sleep infinity\n",
            }
        )
        self.sh("ip netns add quiet; ip -n quiet link set lo up; systemctl daemon-reload")
        self.sh("systemctl start slot door.socket inhabitant")
        return Namespace(self._inhabitant())

    def lead(self, leading: Mapping[str, str], authority: Path) -> None:
        """Have the unit dial the edge of the tests."""
        variables = " ".join(f"{name}={value}" for name, value in leading.items() if name != "TUNNEL_CACERT")
        there = "/etc/edge-ca.pem"
        dropped = f"[Service]\n{INSIDE}Environment={variables} TUNNEL_CACERT={there}\n"
        self.host.put({f"{UNITS}/cloudflared.service.d/quiet.conf": dropped, there: authority.read_text()})
        self.sh(f"chmod 0644 {there}")

    @property
    def vault(self) -> Path:
        """Where the inventory's secrets are, encrypted by PASSWORD."""
        return self.folder / "group_vars" / "all" / "vault.yml"

    def tell(self, **inputs: object) -> None:
        """Write the inventory's readable part; `inputs` come on top."""
        given = {"slipway_apps": [APP], "cloudflared_protocol": "http2", "tunnel_vault_file": str(self.vault), **inputs}
        self.vault.parent.mkdir(parents=True, exist_ok=True)
        (self.vault.parent / "main.yml").write_text(yaml.safe_dump(given))
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"dev1": None}}}))

    def apply(self, tasks: str = "main") -> Played:
        """Apply role cloudflared, or one of its files of tasks."""
        playbook = self.folder.parent / "role.yml"
        role = {"name": "cloudflared", "tasks_from": tasks}
        play = {"hosts": "all", "become": True, "tasks": [{"ansible.builtin.include_role": role}]}
        playbook.write_text(yaml.safe_dump([play]))
        return self.play(str(playbook))

    def play(self, playbook: str) -> Played:
        """Run a playbook, with the program pinned that the tests run."""
        password = self.folder.parent / "password"
        password.write_text(PASSWORD)
        inventories = [self.rig.inventory, self.folder]
        done = subprocess.run(
            [
                *("unshare", "--mount", "sh", "-c", f'{" ".join(self.pin.mount)} && exec "$@"', "pinned"),
                *command(playbook, inventories, "--vault-password-file", str(password)),
            ],
            cwd=Path(__file__).parents[3],
            env=environment({"XDG_CACHE_HOME": str(self.pin.cache)}),
            capture_output=True,
            text=True,
            check=False,
        )
        return Played(done.returncode, done.stdout + done.stderr).check()

    def sh(self, script: str) -> str:
        """Return what a script prints."""
        return str(self.host.exec(["sh", "-c", script]).stdout)

    def shown(self, name: str) -> str:
        """Return a property of the unit."""
        return self.sh(f"systemctl show --property {name} --value cloudflared").strip()

    def pauses(self, since: str) -> list[float]:
        """Return the seconds between each failure of the unit and its next start, as the journal has them."""
        journal = self.sh(f"journalctl -u cloudflared --since {since} --no-pager --output short-unix")
        told = r"^(\S+) .* status=1/FAILURE$(?s:.*?)^(\S+) .* Scheduled restart job"
        return [float(start) - float(end) for end, start in re.findall(told, journal, re.MULTILINE)]

    def _inhabitant(self) -> int:
        """Return a process of that network, as this machine numbers it."""
        inode = int(self.sh(f"stat -L -c %i {QUIET}"))
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it is gone, or nobody's business
                if (process / "ns" / "net").stat().st_ino == inode:
                    return int(process.name)
        raise AssertionError(self.sh("systemctl status inhabitant --no-pager"))


def longest_silence(answered: list[tuple[float, bool]]) -> float:
    """Return the longest time without an answer, in seconds, of questions with their times."""
    good = [at for at, well in answered if well] or [time.monotonic()]
    return max((later - earlier for earlier, later in pairwise(good)), default=0.0)
