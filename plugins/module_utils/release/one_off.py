"""One command in a container of a release, beside the slots: its image, secrets and configuration, but no port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from . import commands, compose
from .app import MAIN, App, Slot
from .dockerd import Engine
from .records import Records, Release

Purpose = Literal["hook", "snapshot", "mirror"]


class OneOff:
    """Runs commands of an app's releases, one container at a time per purpose."""

    def __init__(self, app: App, records: Records, engine: Engine) -> None:
        self._app, self._records, self._engine = app, records, engine

    def run(
        self,
        purpose: Purpose,
        release: Release,
        slot: Slot,
        argv: Sequence[str],
        mounts: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Run a command in the container `<app>-<purpose>`, which is gone afterwards, however that ends.

        Args:
            purpose: what it is for.
            release: whose image, secrets and configuration it gets.
            slot: whose network it is in.
            argv: the command.
            mounts: folders of the host that this container alone has, each with its path inside.

        Returns:
            The last lines that it wrote.

        Raises:
            CommandError: it exited with another code than 0, or ran longer than the app's `hook_timeout_s`.
        """
        app, name = self._app, f"{self._app.name}-{purpose}"
        exports = next(each.exports for each in self._records.processes(release.id) if each.name == MAIN)
        file, environment = (
            self._records.compose_file(release.id),
            compose.environment(app, slot, release, self._records),
        )
        command = compose.run(app.project(slot), file, name, argv, mounts=mounts, exports=exports)
        self._engine.remove(name)  # of a run that died
        try:
            return commands.run(command, app.hook_timeout_s, environment)
        finally:
            self._engine.remove(name)
