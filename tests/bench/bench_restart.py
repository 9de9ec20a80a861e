"""What visitors notice of a restart of Caddy, at 200 requests a second."""

from __future__ import annotations

import time
from collections.abc import Mapping

from slipway.rig import Rig
from tests.bench import bench_serving
from tests.bench.figure import Figure
from tests.load import Load, Report

TITLE = "Three restarts of Caddy, 200 requests a second"
NAME = "bench-restart"
FIGURES = (
    Figure("new_failed", "failed, a new connection a request, of 2,400", "", at_most=0),
    Figure("new_worst_ms", "slowest of them", "ms"),
    Figure("kept_failed", "failed, keep-alive, of 2,400", "", at_most=3),
    Figure("kept_worst_ms", "slowest of them", "ms"),
    Figure("calm_p99_ms", "p99 without a restart", "ms"),
)


def measure() -> Mapping[str, float]:
    """Restart under load, once with new connections and once with kept ones."""
    Rig.remove(NAME)
    with Rig.up(NAME, {"web1": ["app.test"]}) as rig:
        rig.play("tests/bench/serving/front.yml", inventories=[]).check()
        bench_serving.install(rig.host("web1"))
        calm = visits(rig, restarts=0, new_connections=True)
        new = visits(rig, restarts=3, new_connections=True)
        kept = visits(rig, restarts=3, new_connections=False)
    return {
        "new_failed": new.failed,
        "new_worst_ms": new.worst_ms,
        "kept_failed": kept.failed,
        "kept_worst_ms": kept.worst_ms,
        "calm_p99_ms": calm.p99_ms,
    }


def visits(rig: Rig, *, restarts: int, new_connections: bool) -> Report:
    """Return what visitors saw in 12 seconds with that many restarts."""
    with Load(rig.visitor, "https://app.test/", rate=200, seconds=12, new_connections=new_connections) as load:
        for _ in range(restarts):
            time.sleep(1)
            rig.host("web1").exec(["systemctl", "restart", "caddy.service"], check=True)
    return load.report
