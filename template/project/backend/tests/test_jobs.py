"""What keeps jobs from being lost: settings of Celery, a sign of life, and a worker that leaves in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.worker import state

from app.jobs import alive, celery, probe, tasks, worker

SOURCE = Path(__file__).parents[1] / "src"


def test_a_job_counts_as_done_when_it_is_done() -> None:
    wanted = {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": False,
        "task_default_queue_type": "quorum",
        "worker_prefetch_multiplier": 1,
        "broker_transport_options": {"confirm_publish": True},
    }
    assert {name: celery.conf[name] for name in wanted} == wanted


def test_a_job_that_raises_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def away(*_: object) -> None:
        tries.append("a try")
        raise ConnectionError

    monkeypatch.setattr(tasks, "session", away)
    assert tasks.write_report.apply([str(uuid.uuid4())]).failed()
    assert len(tries) == 1 + tasks.write_report.max_retries
    assert (tasks.write_report.acks_on_failure_or_timeout, tasks.relay.acks_on_failure_or_timeout) == (False, True)


def test_models_and_jobs_need_no_flask() -> None:
    program = "import sys; sys.modules['flask'] = None; import app.models, app.jobs.worker, app.jobs.beat"
    done = subprocess.run([sys.executable, "-c", program], cwd=SOURCE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_probe_believes_a_young_sign_of_life_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "alive"
    monkeypatch.setattr(probe, "FILE", str(file))
    assert probe.main() == 1
    file.touch()
    assert probe.main() == 0
    old = time.time() - 21
    os.utime(file, (old, old))
    assert probe.main() == 1
    assert (probe.OLDEST_S, Path("/tmp/alive")) == (alive.OLDEST_S, alive.FILE)


@pytest.mark.parametrize("connected", [True, False])
def test_a_worker_without_its_broker_gives_no_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: bool
) -> None:
    monkeypatch.setattr(alive, "FILE", tmp_path / "alive")
    worker.Alive(None).turn(SimpleNamespace(connection=SimpleNamespace(connected=connected)))
    assert (tmp_path / "alive").exists() == connected


class Leaving:
    """A worker with one job in hand, whose broker is there; `done` is what it did, Celery's own way out included."""

    def __init__(self) -> None:
        self.done: list[str] = []
        timer = SimpleNamespace(cancel=lambda: None)
        self.parent = SimpleNamespace(
            timer=SimpleNamespace(call_repeatedly=lambda *_: timer),
            task_consumer=SimpleNamespace(cancel=lambda: self.done.append("cancelled")),
        )
        self.step = worker.Leave(None)
        self.step.start(self.parent)


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaving]:
    """Yield it; afterwards the signal is what it was."""
    monkeypatch.setattr(state, "should_stop", None)
    monkeypatch.setattr(state, "active_requests", {"one job"})
    done: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: done.append("Celery's own"))
    try:
        leaving = Leaving()
        leaving.done = done
        yield leaving
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_worker_that_is_asked_to_leave_ends_what_it_has(leaving: Leaving, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving.step.turn(leaving.parent)
    assert leaving.done == []
    signal.raise_signal(signal.SIGTERM)
    leaving.step.turn(leaving.parent)
    leaving.step.turn(leaving.parent)
    assert (leaving.done, state.should_stop) == (["cancelled"], None)
    monkeypatch.setattr(state, "active_requests", set())
    leaving.step.turn(leaving.parent)
    assert state.should_stop == 0


def test_a_worker_without_its_broker_leaves_as_celery_does(leaving: Leaving) -> None:
    leaving.step.stop(leaving.parent)
    assert state.should_stop is None, "a lost connection alone makes it wait, not leave"
    signal.raise_signal(signal.SIGTERM)
    assert leaving.done == ["Celery's own"]


def test_a_worker_that_loses_its_broker_on_the_way_out_leaves(leaving: Leaving) -> None:
    signal.raise_signal(signal.SIGTERM)
    leaving.step.turn(leaving.parent)
    leaving.step.stop(leaving.parent)
    assert (leaving.done, state.should_stop) == (["cancelled"], 0)


def test_a_worker_that_found_its_broker_again_leaves_in_order(leaving: Leaving) -> None:
    leaving.step.stop(leaving.parent)
    leaving.step.start(leaving.parent)
    signal.raise_signal(signal.SIGTERM)
    leaving.step.turn(leaving.parent)
    assert leaving.done == ["cancelled"]
