"""Run the generator in a visitor while something else happens to the host."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rig.visitor import Visitor

GENERATOR = Path(__file__).with_name("generator.py").read_text()


@dataclass(frozen=True)
class Report:
    """What visitors saw: `statuses`, `releases` and `errors` count requests; times in milliseconds.

    `first_seen` is when each release first answered, as seconds since the epoch; `lost` is that of generator.py.
    """

    sent: int
    statuses: dict[str, int]
    releases: dict[str, int]
    errors: dict[str, int]
    lost: list[tuple[float, float, bool]]
    p50_ms: float
    p99_ms: float
    worst_ms: float
    first_seen: dict[str, float]

    @property
    def failed(self) -> int:
        """Requests that got no whole answer, or one of the kind 5xx."""
        return sum(self.errors.values()) + sum(n for status, n in self.statuses.items() if status.startswith("5"))

    @property
    def broken(self) -> list[float]:
        """When the connection of each failed request was asked for."""
        return [opened for _, opened, _ in self.lost]

    def unexcused(self, *moments: tuple[float, float]) -> list[float]:
        """Return when each failed request was sent but those on connections that were reused in one of the moments.

        What a server closes in the instant in which a client uses it again is lost without anybody's fault.
        """
        return [at for at, _, reused in self.lost if not (reused and any(a <= at <= b for a, b in moments))]

    def __str__(self) -> str:
        faults = {**self.errors, **{status: n for status, n in self.statuses.items() if status != "200"}}
        return (
            f"{self.sent} requests, {self.failed} failed {faults or ''}; "
            f"p50 {self.p50_ms} ms, p99 {self.p99_ms} ms, worst {self.worst_ms} ms; releases {self.releases}"
        )


class Load:
    """Load while the `with` block runs; `report` is there after it, when all requests are through."""

    def __init__(
        self,
        visitor: Visitor,
        url: str,
        *,
        rate: float,
        seconds: float,
        new_connections: bool = False,
        slow_every: int = 0,
    ) -> None:
        self._visitor = visitor
        options = ["--rate", str(rate), "--seconds", str(seconds), "--slow-every", str(slow_every)]
        options += ["--new-connections"] if new_connections else []
        self._command = ["python3", "-c", GENERATOR, url, *options]
        self._pool = ThreadPoolExecutor(1)
        self._running: Future[Report] | None = None
        self.report: Report

    def __enter__(self) -> Self:
        self._running = self._pool.submit(self._run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._running
        self.report = self._running.result()
        self._pool.shutdown()

    def _run(self) -> Report:
        done = self._visitor.exec(self._command)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return Report(**json.loads(done.stdout))
