"""How long a deploy and a rollback take, as commands, near and far, and what visitors notice of twenty of them."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from slipway.rig import Rig
from slipway.rig.play import Played
from tests.bench.figure import Figure
from tests.release.target import Target, tiny

ROOT = Path(__file__).resolve().parents[2]
TITLE = "Releases: the command's time, and what visitors notice"
FIGURES = (
    Figure("ping_s", "one ansible-playbook run of one module", "s"),
    Figure("deploy_s", "deploy, tiny app, watch off", "s", at_most=1.8),
    Figure("rollback_s", "rollback", "s", at_most=1.4),
    Figure("nothing_s", "deploy of what is live already", "s", at_most=3),
    Figure("far_deploy_s", "deploy, 40 ms round trip", "s", at_most=2.5),
    Figure("far_rollback_s", "rollback, 40 ms round trip", "s", at_most=1.9),
    Figure("deploy_ratio", "deploy beside that one module", "times", at_most=2.6),
    Figure("rollback_ratio", "rollback beside that one module", "times", at_most=2),
    Figure("first_answer_s", "command's start to the new release's answer", "s"),
    Figure("requests", "requests during 20 deploys, 5 rollbacks", "", at_least=3000),
    Figure("failures", "of them failed", "", at_most=0),
    Figure("p50_before_ms", "median answer before", "ms"),
    Figure("p50_ms", "median answer during", "ms"),
    Figure("p99_before_ms", "99th percentile before", "ms"),
    Figure("p99_ms", "99th percentile during", "ms"),
    Figure("worst_ms", "slowest answer during", "ms"),
    Figure("one_line_share", "of the image moved by a one-line change", "%", at_most=5),
    Figure("big_layer_s", "deploy with 60 MB of new layers", "s"),
    Figure("slow_start_s", "deploy of an app that takes 3 s to start", "s"),
    Figure("busy_s", "deploy with 2 s requests in flight", "s"),
    Figure("stubborn_s", "deploy over one that ignores SIGTERM (2 s grace)", "s"),
    Figure("caddy_rest_mib", "Caddy's memory at rest", "MiB"),
    Figure("caddy_after_mib", "Caddy's memory after the load", "MiB"),
)
RUNS = 5
ROUND_TRIP_MS = 40
LOAD = {"rate": 300, "clients": 40, "fresh": 4, "slow": 3, "streams": 2}


def measure() -> Mapping[str, float]:
    """Run once."""
    Rig.remove("bench-release")
    with Rig.up("bench-release", {"web1": ["app.test"]}) as rig, tempfile.TemporaryDirectory() as folder:
        bench = Bench(rig, Path(folder))
        bench.play("roles/app/molecule/default/prepare.yml")
        bench.play("playbooks/deploy.yml", version="first")
        bench.play("playbooks/deploy.yml", version="second")
        return {**bench.commands(), **bench.commands(far=True), **bench.visitors(), **bench.odd_ones()}


class Bench:
    """The commands of a user, timed; each over an SSH connection of its own, as a command an hour is."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig, self.folder = rig, folder
        self.source = folder / "source"
        shutil.copytree(ROOT / "tests/release/tiny", self.source / "tests/release/tiny")
        self.number = 0

    def play(self, playbook: str, *args: str, version: str = "", **env: object) -> Played:
        """Run a playbook with another version of the tiny app declared."""
        fields = tiny(env={"VERSION": version, **env})
        declared = {
            "slipway_apps": [fields],
            "slipway_secrets": {"tiny": {"token": "x"}},
            "app_source_dir": str(self.source),
        }
        self.number += 1
        sockets = {"ANSIBLE_SSH_CONTROL_PATH_DIR": f"{self.folder}/{self.number}"}
        extra = ["-v", "-e", json.dumps(declared), *args]
        return self.rig.play(playbook, *extra, inventories=(), environment=sockets).check()

    def timed(self, playbook: str, *args: str, version: str = "", **env: object) -> float:
        """Return how long a command took, in seconds."""
        begun = time.monotonic()
        self.play(playbook, *args, version=version, **env)
        return time.monotonic() - begun

    def commands(self, *, far: bool = False) -> dict[str, float]:
        """Return medians of the commands on the host, or on the same at 40 ms."""
        args: list[str] = []
        if far:
            host = self.rig.host("web1")
            relay = f"{sys.executable} {ROOT}/tests/bench/relay.py %h %p {ROUND_TRIP_MS}"
            common = [*host.ssh_options(), "-o", f"'ProxyCommand={relay}'"]
            args = ["-e", json.dumps({"ansible_ssh_common_args": " ".join(common)})]
        pings, deploys, rollbacks = list[float](), list[float](), list[float]()
        for run in range(RUNS):  # in turns: a machine differs from minute to minute
            pings.append(self.timed("tests/bench/release/ping.yml", *args))
            deploys.append(self.timed("playbooks/deploy.yml", *args, version=f"{far}{run}"))
            rollbacks.append(self.timed("playbooks/rollback.yml", *args))
        ping, deploy, back = (statistics.median(times) for times in (pings, deploys, rollbacks))
        said = {"deploy_s": deploy, "rollback_s": back}
        if far:
            return {f"far_{key}": value for key, value in said.items()}
        self.play("playbooks/deploy.yml", version="settled")
        nothing = [self.timed("playbooks/deploy.yml", version="settled") for _ in range(RUNS)]
        ratios = {"ping_s": ping, "deploy_ratio": deploy / ping, "rollback_ratio": back / ping}
        return {**said, **ratios, "nothing_s": statistics.median(nothing)}

    def visitors(self) -> dict[str, float]:
        """Return what visitors see of twenty deploys and five rollbacks."""
        target = Target(self.rig, self.rig.host("web1"))
        rest = self.caddy_mib()
        with target.visitors(**LOAD) as before:
            time.sleep(5)
        with target.visitors(**LOAD) as during:
            begun = time.time()
            self.play("playbooks/deploy.yml", version="loaded")
            changes = [target.deploy() for _ in range(19)] + [target.roll_back() for _ in range(5)]
        failed = [change["msg"] for change in changes if change.get("failed")]
        if failed:
            raise AssertionError(failed[0])
        first_answer = sorted(during.report["releases"].values())[1] - begun
        kept = {key: during.report[key] for key in ("requests", "failures", "p50_ms", "p99_ms", "worst_ms")}
        earlier = {"p50_before_ms": before.report["p50_ms"], "p99_before_ms": before.report["p99_ms"]}
        memory = {"caddy_rest_mib": rest, "caddy_after_mib": self.caddy_mib()}
        return {**kept, **earlier, **memory, "first_answer_s": first_answer}

    def odd_ones(self) -> dict[str, float]:
        """Return times of the deploys that are not the plain case."""
        target = Target(self.rig, self.rig.host("web1"))
        with (self.source / "tests/release/tiny/tiny.py").open("a") as file:
            file.write("# one line more\n")
        shipped = self.play("playbooks/deploy.yml", version="line").stdout.partition("shipped: ")[2]
        size = int(target.docker("images", "--format", "{{.Size}}", "slipway/tiny").split("MB")[0])
        with target.visitors(rate=5, slow=3, slow_s=2, streams=0):
            busy = self.timed("playbooks/deploy.yml", version="busy")
        slow = self.timed("playbooks/deploy.yml", version="slow", BEHAVIOUR="slow-start", TURN_S=3)
        self.play("playbooks/deploy.yml", version="stubborn", BEHAVIOUR="stubborn")
        stubborn = self.timed("playbooks/deploy.yml", version="after")
        (self.source / "tests/release/tiny/noise").write_bytes(os.urandom(60 * 10**6))
        big = self.timed("playbooks/deploy.yml", version="big")
        return {
            "one_line_share": 100 * float(shipped.split()[0]) / size,
            "busy_s": busy,
            "slow_start_s": slow,
            "stubborn_s": stubborn,
            "big_layer_s": big,
        }

    def caddy_mib(self) -> float:
        """Return what Caddy's process has in memory."""
        script = "grep VmRSS /proc/$(systemctl show -p MainPID --value caddy)/status | tr -dc 0-9"
        return int(self.rig.host("web1").exec(["sh", "-c", script], check=True).stdout) / 1024
