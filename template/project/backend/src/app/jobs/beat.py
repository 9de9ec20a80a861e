"""The scheduler: exactly one runs (`single` in the inventory). It touches the file of `alive.py` at each turn."""

from __future__ import annotations

from celery.beat import PersistentScheduler

from app.jobs import alive


class Beat(PersistentScheduler):  # type: ignore[misc] # Celery has no types
    """Celery's own scheduler, with a sign of life."""

    def tick(self, *given: object, **named: object) -> float:
        """Run what is due; returns the seconds to the next turn."""
        alive.FILE.touch()
        return float(super().tick(*given, **named))
