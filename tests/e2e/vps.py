"""A bare host that `init` and `site` are run for, as a person with a clone does, and a receiver of what it tells."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.rig import Rig
from slipway.rig.play import Played, environment, play
from tests import sink

ROOT = Path(__file__).resolve().parents[2]
# A receiver on the host itself, and what declares it.
SINK_PORT, SINK_FILE = 8025, "/root/told"
WATCH = {
    "notify": [{"kind": "webhook", "url": f"http://127.0.0.1:{SINK_PORT}/hook"}],
    "heartbeat": f"http://127.0.0.1:{SINK_PORT}/beat",
}
# Runs on the host: forgets what is asked once per hour.
FORGET = (
    'import json; path = "/var/lib/slipway/watch/state.json"; told = json.load(open(path)); told["slow"] = {}; '
    'json.dump(told, open(path, "w"))'
)
# Runs on the host: prints the seconds of CPU and the MiB that a look took.
MEASURE = """
import resource, subprocess, sys
program = [sys.executable, "-I", "/usr/local/lib/slipway/slipway.pyz"]
subprocess.run([*program, *sys.argv[1:]], check=True, stdout=sys.stderr)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


@dataclass(frozen=True)
class Vps:
    """The host, and the inventory that `init` wrote for it."""

    rig: Rig
    inventory: Path
    home: Path
    printed: list[str] = field(default_factory=list)  # by the first run

    def play(self, playbook: str, *args: str) -> Played:
        """Run a playbook with the inventory and nothing else: the vault opens by itself."""
        return play(playbook, [self.inventory], *args, extra={"XDG_CONFIG_HOME": str(self.home)})

    def shell(self, script: str) -> str:
        """Run a script as root on the host and return what it prints."""
        done = self.rig.host("vps").exec(["sh", "-c", script])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def doctor(self) -> tuple[int, list[dict[str, str]], float]:
        """Return exit code, findings and seconds of `make doctor ARGS=--json`."""
        started = time.monotonic()
        done = self.run("doctor", "-i", str(self.inventory), "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)["vps"], time.monotonic() - started

    def told(self) -> list[dict[str, Any]]:
        """Return what the receiver on the host got, as path and body."""
        return [json.loads(line) for line in self.shell(f"cat {SINK_FILE}").splitlines()]

    def notices(self) -> list[str]:
        """Return the state and code of all that the host told."""
        bodies = [json.loads(each["body"]) for each in self.told() if each["path"] == "/hook"]
        return [f"{event['state']} {event['code']}" for body in bodies for event in body["events"]]

    def until_told(self, notice: str, since: float) -> float:
        """Wait until the host tells something later than a Unix time, by its timer; return when it did."""
        state, _, code = notice.partition(" ")
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            for each in self.told():
                events = json.loads(each["body"])["events"] if each["path"] == "/hook" else []
                if each["at"] > since and any((one["state"], one["code"]) == (state, code) for one in events):
                    return float(each["at"])
            time.sleep(1)
        raise AssertionError(f"{notice}: " + self.shell("journalctl -u slipway-watch -n 20 --no-pager"))

    def look(self, *, afresh: bool = False) -> None:
        """Let the host look at itself once more; afresh: at what it asks once per hour, too."""
        if afresh:
            self.shell(f"python3 -c '{FORGET}'")
        self.shell("systemctl start slipway-watch.service")

    def until_it_looks(self) -> None:
        """Wait until a look was at the host since its boot, which is not in its first minute."""
        boot, until = self.shell("cat /proc/sys/kernel/random/boot_id; awk '{print $22}' /proc/1/stat").split(), 120
        deadline = time.monotonic() + until
        while ".".join(boot) not in self.shell("cat /var/lib/slipway/watch/state.json 2>/dev/null || true"):
            assert time.monotonic() < deadline, self.shell("journalctl -u slipway-watch -n 20 --no-pager")
            time.sleep(1)

    def run(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of the kit's commands as a person without a terminal would."""
        return subprocess.run(
            [sys.executable, "-m", "slipway", verb, *words],
            cwd=ROOT,
            env=environment({"XDG_CONFIG_HOME": str(self.home)}),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )


def initialise(vps: Vps, *words: str) -> subprocess.CompletedProcess[str]:
    return vps.run(
        "init",
        "vps",
        f"--inventories={vps.inventory.parent}",
        f"HOST={vps.rig.host('vps').address}",
        f"SSH_USER={vps.rig.host('vps').user}",
        f"SSH_KEY={vps.rig.folder / 'id_ed25519'}",
        "DOMAIN=vps.test",
        "EMAIL=me@example.com",
        *words,
    )


def listen(vps: Vps) -> None:
    """Let the host be watched, and a receiver on it write down what it tells."""
    declared = json.dumps({"slipway_watch": WATCH})
    (vps.inventory / "group_vars/all/watch.yml").write_text(declared, encoding="utf-8")
    program = Path(sink.__file__).read_text(encoding="utf-8")
    vps.rig.host("vps").put({"/root/sink.py": program, "/root/measure.py": MEASURE})
    vps.shell(f"touch {SINK_FILE}; systemd-run --quiet --unit=sink python3 /root/sink.py {SINK_PORT} {SINK_FILE}")
