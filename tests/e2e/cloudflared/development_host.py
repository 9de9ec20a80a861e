"""A host of the rig that roles have brought up for `exposure: tunnel`, with all that serves in a network of its own.

The host itself can call out, so cloudflared, Caddy and the app's slot are moved into a namespace with loopback only.
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

import yaml
from ansible.module_utils.appspec import complete

from tests.e2e.tunnel.pair import FOLDER as TUNNEL_TESTS
from tests.rig import Rig
from tests.rig.host import Host
from tests.rig.play import Played, command, environment

from .daemon import CREDENTIALS
from .front import APP, RELEASE
from .namespace import Namespace
from .pin import Pin

QUIET = "/run/netns/quiet"
INSIDE = f"[Service]\nNetworkNamespacePath={QUIET}\n"
UNITS = "/etc/systemd/system"
SERVER = "python3 -m http.server --bind 127.0.0.1 --directory /srv"


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
        self.host.exec(["mkdir", "-p", "/srv", str(app["live_dir"])], check=True)
        slot = f"{INSIDE}ExecStart={SERVER} {app['slots']['blue']['port']}\n"
        self.host.put(
            {
                "/srv/index.html": "<h1>Not for everyone</h1>\n",
                f"{app['live_dir']}/blue.release": RELEASE,
                f"{UNITS}/slot.service": slot,
                f"{UNITS}/caddy.service.d/quiet.conf": INSIDE,
                f"{UNITS}/caddy.socket.d/quiet.conf": INSIDE.replace("Service", "Socket"),
            }
        )
        self.sh(
            "ip netns add quiet; ip -n quiet link set lo up; systemctl daemon-reload; systemctl stop caddy caddy.socket"
        )
        self.sh("systemctl start slot caddy.socket caddy")
        return Namespace(self._inhabitant())

    def lead(self, leading: Mapping[str, str], authority: Path) -> None:
        """Have the unit dial the edge of the tests."""
        variables = " ".join(f"{name}={value}" for name, value in leading.items() if name != "TUNNEL_CACERT")
        there = "/etc/edge-ca.pem"
        dropped = f"{INSIDE}Environment={variables} TUNNEL_CACERT={there}\n"
        self.host.put({f"{UNITS}/cloudflared.service.d/quiet.conf": dropped, there: authority.read_text()})
        self.sh(f"chmod 0644 {there}")

    def tell(self, **inputs: object) -> None:
        """Write the inventory; `inputs` come on top."""
        given = {
            "slipway_apps": [APP],
            "cloudflared_credentials": CREDENTIALS,
            "cloudflared_protocol": "http2",
            **inputs,
        }
        (self.folder / "host_vars").mkdir(exist_ok=True)
        (self.folder / "host_vars" / "dev1.yml").write_text(yaml.safe_dump(given))
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"dev1": None}}}))

    def apply(self, tasks: str = "main") -> Played:
        """Apply the role, or one of its files of tasks."""
        playbook = self.folder.parent / "role.yml"
        role = {"name": "cloudflared", "tasks_from": tasks}
        play = {"hosts": "all", "become": True, "tasks": [{"ansible.builtin.include_role": role}]}
        playbook.write_text(yaml.safe_dump([play]))
        done = subprocess.run(
            [
                *("unshare", "--mount", "sh", "-c", f'{" ".join(self.pin.mount)} && exec "$@"', "pinned"),
                *command(str(playbook), [self.rig.inventory, self.folder]),
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
        raise AssertionError(self.sh("systemctl status slot caddy --no-pager"))


def longest_silence(answered: list[tuple[float, bool]]) -> float:
    """Return the longest time without an answer, in seconds, of questions with their times."""
    good = [at for at, well in answered if well] or [time.monotonic()]
    return max((later - earlier for earlier, later in pairwise(good)), default=0.0)
