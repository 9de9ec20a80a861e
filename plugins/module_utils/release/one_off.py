"""One command in a container of a release, beside the slots: its image, secrets and configuration, but no port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from . import commands, compose, files
from .app import MAIN, App, Slot
from .dockerd import Engine
from .records import Records, Release

Purpose = Literal["hook", "snapshot", "mirror", "judge", "drill"]

ALONE = f"""\
services:
  {MAIN}:
    networks: !reset []
    network_mode: none
"""


class OneOff:
    """Runs commands of an app's releases, one container at a time per purpose.

    `data` is another folder in place of the app's data, which the commands do not see then.
    """

    def __init__(self, app: App, records: Records, engine: Engine, data: Path | None = None) -> None:
        self._app, self._records, self._engine, self._data = app, records, engine, data

    def run(
        self,
        purpose: Purpose,
        release: Release,
        slot: Slot,
        argv: Sequence[str],
        mounts: Mapping[str, str] | None = None,
        *,
        alone: bool = False,
    ) -> list[str]:
        """Run a command in the container `<app>-<purpose>`, which is gone afterwards, however that ends.

        Args:
            purpose: what it is for.
            release: whose image, secrets and configuration it gets.
            slot: whose network it is in.
            argv: the command.
            mounts: folders of the host that this container alone has, each with its path inside.
            alone: without any network.

        Returns:
            The last lines that it wrote.

        Raises:
            CommandError: it exited with another code than 0, or ran longer than the app's `hook_timeout_s`.
        """
        app, name = self._app, f"{self._app.name}-{purpose}"
        exports = next(each.exports for each in self._records.processes(release.id) if each.name == MAIN)
        file, environment = self._records.compose_file(release.id), self._environment(slot, release)
        on_top = self._without_network() if alone else None
        command = compose.run(app.project(slot), file, name, argv, mounts=mounts, exports=exports, on_top=on_top)
        self._engine.remove(name)  # of a run that died
        try:
            return commands.run(command, app.hook_timeout_s, environment)
        finally:
            self._engine.remove(name)

    def _without_network(self) -> Path:
        """Write a Compose file that leaves a container nothing but its own loopback."""
        path = self._records.state_dir / "alone.yml"
        files.write(path, ALONE.encode(), mode=0o600)
        return path

    def _environment(self, slot: Slot, release: Release) -> Mapping[str, str]:
        known = compose.environment(self._app, slot, release, self._records)
        return {**known, "SLIPWAY_DATA_DIR": str(self._data)} if self._data else known
