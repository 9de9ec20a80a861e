"""What keeps jobs from being lost: settings of Celery, a sign of life, and a worker that leaves in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
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


def test_a_worker_that_is_asked_to_leave_ends_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[str] = []
    parent = SimpleNamespace(
        timer=SimpleNamespace(call_repeatedly=lambda *_: None),
        task_consumer=SimpleNamespace(cancel=lambda: cancelled.append("cancelled")),
    )
    monkeypatch.setattr(state, "should_stop", None)
    monkeypatch.setattr(state, "active_requests", {"one job"})
    before = signal.getsignal(signal.SIGTERM)
    try:
        leave = worker.Leave(None)
        leave.start(parent)
        leave.turn(parent)
        assert cancelled == []
        signal.raise_signal(signal.SIGTERM)
        leave.turn(parent)
        leave.turn(parent)
        assert (cancelled, state.should_stop) == (["cancelled"], None)
        monkeypatch.setattr(state, "active_requests", set())
        leave.turn(parent)
        assert state.should_stop == 0
    finally:
        signal.signal(signal.SIGTERM, before)
