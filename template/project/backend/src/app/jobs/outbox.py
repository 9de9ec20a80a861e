"""No job is lost while the broker is away: it is a row before it is a message.

A request puts the job into the same transaction as its data, and sends it after the commit. What could not be sent is
sent by the task `relay`, which beat asks for. A job may be sent twice, and never not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta

from amqp.exceptions import AMQPError
from kombu.exceptions import OperationalError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.database import session
from app.jobs import celery
from app.logs import log
from app.models import Message, now
from app.settings import queue_url

FORGOTTEN_AFTER = timedelta(seconds=5)
KEPT = timedelta(days=1)
MOST_AT_ONCE = 200


def put(opened: Session, task: str, *arguments: object) -> Message:
    """Add a job to the transaction; its arguments become text. Call `send` after the commit."""
    message = Message(task=task, arguments=[str(argument) for argument in arguments])
    opened.add(message)
    return message


def send(messages: Iterable[Message]) -> int:
    """Send jobs and return how many the broker took; it stops at the first that it does not take."""
    sent = []
    for message in messages:
        try:
            _hand_over(message)
        except (AMQPError, OperationalError, OSError):
            log("outbox.waits", error=True, task=message.task)
            break
        sent.append(message.id)
    with session() as opened:
        opened.execute(update(Message).where(Message.id.in_(sent)).values(sent_at=now()))
    return len(sent)


def send_forgotten() -> int:
    """Send what no request could, oldest first; forget what was sent long ago. Returns how many were sent."""
    with session() as opened:
        opened.execute(delete(Message).where(Message.sent_at < now() - KEPT))
        waiting = select(Message).where(Message.sent_at.is_(None), Message.created_at < now() - FORGOTTEN_AFTER)
        found = list(opened.scalars(waiting.order_by(Message.created_at).limit(MOST_AT_ONCE)))
    return send(found) if found else 0


def _hand_over(message: Message) -> None:
    if queue_url():
        celery.send_task(message.task, message.arguments, task_id=str(message.id))
        return
    # A developer's machine has no broker: a thread of this process is the worker.
    from app.jobs import tasks  # noqa: F401, PLC0415 - the API's image has no use for the tasks

    threading.Thread(target=celery.tasks[message.task].apply, args=(message.arguments,), name=message.task).start()
