"""The containers in the two slots of an app."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from . import starting
from .app import App, Process, Slot
from .dockerd import Engine
from .records import Records


class Slots:
    """Starts, stops and removes all that a release consists of, as its record says, whatever is declared today."""

    def __init__(self, app: App, records: Records, engine: Engine) -> None:
        self._app, self._records, self._engine = app, records, engine

    def run(self, slot: Slot, release: str) -> bool:
        """Whether all processes of a release run in a slot, on the ports that Caddy knows."""
        return all(self._runs(slot, release, each) for each in self._records.processes(release))

    def _runs(self, slot: Slot, release: str, process: Process) -> bool:
        found = self._engine.container(self._app.container(slot, process))
        return bool(found and found.running and starting.is_of(found, release, process, slot))

    def on_their_ports(self, slot: Slot, release: str) -> bool:
        """Whether no process of a release that runs in a slot is on another port than Caddy is to know."""
        found = [
            (each, self._engine.container(self._app.container(slot, each))) for each in self._records.processes(release)
        ]
        return all(starting.is_of(one, release, each, slot) for each, one in found if one and one.running)

    def keep_up(self, slot: Slot, processes: Collection[Process]) -> None:
        """Let the engine start processes again when they end, and after a reboot."""
        for each in processes:
            self._engine.restart_policy(self._app.container(slot, each), "unless-stopped")

    def stop(self, slot: Slot, processes: Collection[Process]) -> None:
        """Stop processes in a slot, all at the same time, each with its own grace; one that is not there is fine."""
        with ThreadPoolExecutor(len(processes) or 1) as pool:
            stops = [
                pool.submit(self._engine.stop, self._app.container(slot, each), each.stop_grace_s) for each in processes
            ]
        for each in stops:
            each.result()

    def remove(self, slot: Slot, processes: Collection[Process]) -> None:
        """Remove processes from a slot, running or not; those that are not there are fine."""
        for each in processes:
            self._engine.remove(self._app.container(slot, each))
