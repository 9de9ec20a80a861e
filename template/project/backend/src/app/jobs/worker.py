"""What the worker's container runs: `celery --app app.jobs.worker worker`."""

from __future__ import annotations

import signal
from typing import Any

from celery import bootsteps
from celery.signals import worker_process_init
from celery.worker import state

from app.database import engine
from app.jobs import alive, celery, tasks

__all__ = ["celery", "tasks"]
TASKS = "celery.worker.consumer.tasks:Tasks"
LOOK_EVERY_S = 0.1


class Repeated(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Calls `turn` in the worker's event loop, from the moment it takes jobs."""

    requires = (TASKS,)
    every_s = alive.EVERY_S

    def __init__(self, parent: Any, **options: object) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None

    def start(self, parent: Any) -> None:
        """Begin."""
        self.turn(parent)
        self.timer = parent.timer.call_repeatedly(self.every_s, self.turn, (parent,))

    def stop(self, parent: Any) -> None:  # noqa: ARG002 - Celery's signature
        """End; Celery does so too when the connection is lost, and begins again."""
        if self.timer:
            self.timer.cancel()
            self.timer = None

    def turn(self, parent: Any) -> None:
        """Do what is to be done again and again."""
        raise NotImplementedError


class Alive(Repeated):
    """A sign of life while the loop turns and the broker is connected."""

    def turn(self, parent: Any) -> None:
        """Touch the file that the health check looks at."""
        if parent.connection and parent.connection.connected:
            alive.FILE.touch()


class Leave(Repeated):
    """SIGTERM: take no new job, let those in hand end and be acknowledged, then stop.

    Celery 5.7 stops its event loop first: it waits in vain for jobs that arrived in that moment (33 s were seen), and
    may lose the last acknowledgements, so that those jobs are done again. A second SIGTERM is Celery's own, and so is
    the first where there is no connection: nothing is taken or acknowledged without one.
    """

    every_s = LOOK_EVERY_S

    def __init__(self, parent: Any, **options: object) -> None:
        super().__init__(parent, **options)
        self.asked = self.cancelled = False
        self.celerys: Any = None

    def start(self, parent: Any) -> None:
        """Take the signal over, with the first connection."""
        if self.celerys is None:
            self.celerys = signal.signal(signal.SIGTERM, self.ask)
        super().start(parent)

    def stop(self, parent: Any) -> None:
        """Leave at once where the connection is lost on the way out."""
        super().stop(parent)
        if self.asked:
            state.should_stop = 0

    def ask(self, number: int, frame: Any) -> None:
        """Begin to leave."""
        if (self.asked or self.timer is None) and callable(self.celerys):
            self.celerys(number, frame)
        self.asked = True

    def turn(self, parent: Any) -> None:
        """Go on with leaving, once it was asked for."""
        if self.asked and not self.cancelled:
            self.cancelled = True
            parent.task_consumer.cancel()
        elif self.asked and not state.reserved_requests and not state.active_requests:
            state.should_stop = 0


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _own_connections(**_given: object) -> None:
    """Leave the parent's connections to the parent."""
    engine().dispose(close=False)


celery.steps["consumer"].update({Alive, Leave})
