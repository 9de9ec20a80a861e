"""What the worker does. Each task may run twice for one job, and the second run must change nothing."""

from __future__ import annotations

import time
import uuid

from sqlalchemy import select, update

from app.database import session
from app.jobs import celery, outbox
from app.logs import log
from app.models import Report, User
from app.models.report import DONE, RUNNING

STEPS = 10
STEP_S = 0.2


@celery.task  # type: ignore[untyped-decorator]
def write_report(report_id: str) -> None:
    """Write a report, and say how far it is after each step."""
    wanted = uuid.UUID(report_id)
    with session() as opened:
        report = opened.get(Report, wanted)
    if report is None or report.state == DONE:
        return
    for step in range(1, STEPS + 1):
        time.sleep(STEP_S)  # in place of real work
        _save(wanted, state=RUNNING, progress_percent=step * 100 // STEPS)
    with session() as opened:
        people = len(opened.scalars(select(User.id)).all())
    _save(wanted, state=DONE, text=f"{report.title}: {people} people have an account.")
    log("report.done", report=wanted)


@celery.task(autoretry_for=(), acks_on_failure_or_timeout=True)  # type: ignore[untyped-decorator]
def relay() -> None:
    """Send the jobs that no request could send. One that fails is not tried again: beat asks for the next."""
    if sent := outbox.send_forgotten():
        log("outbox.sent", jobs=sent)


def _save(report_id: uuid.UUID, **values: object) -> None:
    with session() as opened:
        opened.execute(update(Report).where(Report.id == report_id).values(**values))
