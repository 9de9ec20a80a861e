"""The jobs of an app while it is changed: none runs beside the hook, and the timers are those of the live release."""

from __future__ import annotations

from .app import App
from .errors import JobError, SystemCallError
from .job_lock import JobLock
from .records import Records
from .timers import Timers


class ChangeJobs:
    """The jobs of one app, for one change."""

    def __init__(self, app: App, records: Records) -> None:
        self._app, self._records = app, records
        self._timers, self._lock = Timers(app.name), JobLock(records.state_dir)

    def keep_out(self) -> None:
        """Wait until no job of the app runs, and let none begin before visitors have the new release.

        Raises:
            JobError: one goes on for longer than a hook may.
        """
        live = self._records.slot_release(self._records.live_slot())
        if self._records.jobs(live) and not self._lock.keep_out(self._app.hook_timeout_s):
            raise JobError(
                f"{self._app.name}: a job goes on for more than {self._app.hook_timeout_s} s, and the hook may change"
                " the data that it works on.",
                fix="`slipway jobs ENV` names it; wait for its end, or `systemctl stop 'slipway-job-*'` on the host",
            )

    def let_in(self) -> None:
        """Let jobs begin again."""
        self._lock.let_in()

    def concern(self, release_id: str) -> bool:
        """Whether the timers have to follow a release."""
        return self._timers.concern(self._records.jobs(release_id))

    def follow(self, release_id: str) -> None:
        """Let the timers be those of a release."""
        self._timers.converge(self._records.jobs(release_id))

    def bring_back(self, release_id: str) -> list[str]:
        """Let the timers be those of the former release again; returns a warning where they are not."""
        try:
            self.follow(release_id)
        except SystemCallError as error:
            return [f"warning: {error.what}"]
        return []
