"""The Celery application. Importing it imports no task: the API only sends jobs."""

from __future__ import annotations

from celery import Celery, Task
from celery.signals import setup_logging

from app.logs import configure
from app.settings import queue_url

RELAY_EVERY_S = 10
PATIENCE_S = 2.0
"""A request that leaves a job behind waits so long for a broker that does not answer; the outbox has the job."""


class Job(Task):  # type: ignore[misc] # Celery has no types
    """What every task is: one that raises is tried again, and what fails at last goes to the queue `dead`."""

    abstract = True
    autoretry_for = (Exception,)
    max_retries = 5
    retry_backoff = 2
    """Seconds before the first new try, then twice as many each time; less by chance, so that not all come at once."""
    retry_backoff_max = 60


celery = Celery("app", broker=queue_url() or "memory://", task_cls=Job)
celery.conf.update(
    # A job is acknowledged when it is done. One whose worker dies is done again, so every job must bear that.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure_or_timeout=False,
    worker_prefetch_multiplier=1,
    # On the disk of the broker before it counts as sent.
    task_default_queue="jobs",
    task_default_queue_type="quorum",
    task_default_exchange_type="topic",
    worker_detect_quorum_queues=True,
    broker_transport_options={"confirm_publish": True},
    broker_connection_timeout=PATIENCE_S,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
    # A worker waits for the broker as long as it takes.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_heartbeat=20,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    # What became of a job is in the database.
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    beat_schedule={
        "relay": {
            "task": "app.jobs.tasks.relay",
            "schedule": RELAY_EVERY_S,
            "options": {"expires": RELAY_EVERY_S},
        },
    },
    beat_scheduler="app.jobs.beat:Beat",
    beat_schedule_filename="/tmp/beat",  # noqa: S108 - the container's own, in memory; a new release begins with none
    beat_max_loop_interval=5,
)


@setup_logging.connect  # type: ignore[untyped-decorator]
def _as_the_api_does(**_given: object) -> None:
    configure()
