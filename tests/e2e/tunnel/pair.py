"""A development host that listens to nobody and a public host, with something that serves in the app's slot."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from slipway.rig import Rig
from slipway.rig.host import Host
from slipway.rig.play import Played

FOLDER = Path(__file__).parent
DOMAIN = "dev.app.test"
LAPTOP = "laptop.app.test"
# The rig knocks twenty times a second while a host reboots, which the firewall would answer with silence.
UNHURRIED = {"firewall_ssh_per_minute": 6000}
RELEASE = "20260101-tunnel"
APP = {"name": "devsite", "domains": [DOMAIN], "exposure": "tunnel", "build": "app", "dockerfile": "Dockerfile"}
NEIGHBOUR = {**APP, "name": "website", "domains": ["www.app.test"], "exposure": "public"}
# What stands in the slot: any program that answers on its port will do, the release engine has tests of its own.
SERVER = "python3 -m http.server --bind 127.0.0.1 --directory /srv"


@dataclass
class Pair:
    """The rig with names for its two hosts, and the inventory that a user would have written."""

    rig: Rig
    inventory: Path

    @property
    def dev(self) -> Host:
        return self.rig.host("dev1")

    @property
    def edge(self) -> Host:
        return self.rig.host("edge1")

    @property
    def box(self) -> Host:
        return self.rig.host("box1")

    @classmethod
    def prepare(cls, rig: Rig, folder: Path) -> Pair:
        """Bring both hosts to where `make site` would have brought them."""
        pair = cls(rig, folder)
        for host, app in (("dev1", APP), ("edge1", NEIGHBOUR)):
            (folder / "host_vars").mkdir(parents=True, exist_ok=True)
            (folder / "host_vars" / f"{host}.yml").write_text(
                yaml.safe_dump({"slipway_apps": [app], "ssh_forwarding_users": ["root"], **UNHURRIED})
            )
        (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"dev1": None, "edge1": None}}}))
        pair.play(FOLDER / "hosts.yml", "--limit", "dev1,edge1").check()
        pair.serve()
        return pair

    def serve(self) -> None:
        """Put a page into the live slot of the development host, as a release would; it survives reboots."""
        [app] = complete([APP])
        port = cast("dict[str, dict[str, int]]", app["slots"])["blue"]["port"]
        unit = f"[Service]\nExecStart={SERVER} {port}\n[Install]\nWantedBy=multi-user.target\n"
        self.dev.exec(["mkdir", "-p", "/srv", str(app["live_dir"])], check=True)
        self.dev.put({"/srv/index.html": "<h1>Not for everyone</h1>\n", "/etc/systemd/system/slot.service": unit})
        self.dev.put({f"{app['live_dir']}/blue.release": RELEASE})
        self.dev.exec(["systemctl", "enable", "--now", "slot.service"], check=True)

    def play(self, playbook: Path | str, *args: str) -> Played:
        return self.rig.play(str(playbook), "-i", str(self.inventory), *args)

    def tunnel(self, *args: str, verb: str = "tunnel") -> Played:
        """Run `make tunnel` or `tunnel-down` for the development host, as its inventory would have it."""
        key = self.rig.folder / "id_ed25519"
        chosen = {
            "tunnel_provider": "ssh",
            "tunnel_ssh_host": self.edge.address,
            "tunnel_check_address": self.edge.address,
            "tunnel_check_ca": str(self.rig.acme.root_pem),
            # The public host is in no inventory of the development host; on a rig, its key is not in ~/.ssh either.
            "ansible_ssh_private_key_file": str(key),
            "ansible_ssh_common_args": " ".join(self.edge.ssh_options()),
        }
        extra = self.rig.folder / "tunnel.yml"
        extra.write_text(yaml.safe_dump(chosen))
        return self.play(f"playbooks/{verb}.yml", "--limit", "dev1", "--extra-vars", f"@{extra}", *args)

    def state(self) -> list[str]:
        """Return what a tunnel would change on the two hosts."""
        look = "cat /etc/passwd; ls -lR /etc/slipway /etc/ssh /etc/caddy/conf.d /etc/systemd/system"
        return [host.exec(["sh", "-c", look]).stdout for host in (self.dev, self.edge)]

    def left_of_a_laptop(self) -> str:
        """Return what a laptop's tunnel has left on the public host: site, log, port, and whoever follows the log."""
        look = "ls /etc/caddy/conf.d /var/log/caddy | grep laptop; ss -Hltn 'sport >= :18500 and sport < :19000'"
        return self.edge.exec(["sh", "-c", f"{look}; pgrep -af '[t]ail --pid'"]).stdout

    def visit(self, *args: str, timeout_s: int = 5) -> str:
        """Return status, release and body that a visitor gets, on one line; failures begin with `curl:`."""
        shown = "%{http_code} %header{x-release}"
        got = self.rig.visitor.curl(f"https://{DOMAIN}/", "--max-time", str(timeout_s), "--write-out", shown, *args)
        return (got.stdout + got.stderr).replace("\n", " ").strip()

    def seconds_until_back(self, limit_s: float) -> float:
        """Return how long it takes from now until a visitor gets the page; asked again every quarter of a second."""
        start = time.monotonic()
        while time.monotonic() - start < limit_s:
            if self.visit(timeout_s=3).endswith(f"200 {RELEASE}"):
                return time.monotonic() - start
            time.sleep(0.25)
        evidence = self.dev.exec(["journalctl", "-u", "slipway-tunnel", "-n", "30", "--no-pager"]).stdout
        raise AssertionError(f"not back after {limit_s} s: {self.visit()}\n{evidence}")
