"""Another folder in the place of an app's data, while nothing of the app runs; a run that died is taken back."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import confinement, files
from .app import App
from .parsed import parsed
from .records import Records

FORMER = re.compile(r"data\.before-\d{8}T\d{6}Z")
KEPT = 2
RECORD = "data-swap.json"


@dataclass(frozen=True)
class Begun:
    """An exchange that was begun: where the former data goes, and whether visitors saw the maintenance page before."""

    former: str
    maintenance: bool


class DataSwap:
    """Exchanges the data folder of one app. Needs its lease, and that nothing of it runs but between the two ends."""

    def __init__(self, app: App, records: Records) -> None:
        self._app, self._path = app, records.state_dir / RECORD
        self._marker = app.live_dir / "maintenance"
        self.warnings: list[str] = []

    @property
    def fresh(self) -> Path:
        """Where the folder is that is to take the data's place: in root's."""
        return self._app.root / "restored"

    def begun(self) -> Begun | None:
        """Return the exchange that was begun and not ended, None where none was."""
        return parsed(Begun, files.read_json(self._path))

    def begin(self) -> Begun:
        """Write down that it begins, and show visitors the maintenance page."""
        former = f"data.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        begun = Begun(former, self._marker.exists())
        files.write_json(self._path, asdict(begun))
        files.write(self._marker, b"")
        return begun

    def exchange(self, begun: Begun) -> None:
        """Put the fresh folder in the place of the data, which is kept beside it."""
        confinement.let_go(self._app)
        self._app.data_dir.rename(self._app.root / begun.former)
        self.fresh.rename(self._app.data_dir)
        self._settle()

    def take_back(self, begun: Begun) -> None:
        """Give the app the data that it had, wherever the exchange was left; what took its place is `fresh` again."""
        former = self._app.root / begun.former
        if not former.exists():
            return
        confinement.let_go(self._app)
        if self._app.data_dir.exists():
            files.remove_tree(self.fresh)
            self._app.data_dir.rename(self.fresh)
        former.rename(self._app.data_dir)
        self._settle()

    def end(self, begun: Begun) -> None:
        """Let visitors in again; of former data the last ones stay."""
        if not begun.maintenance:
            files.remove(self._marker)
        files.remove(self._path)
        for name in self.former()[:-KEPT]:
            files.remove_tree(self._app.root / name)

    def former(self) -> list[str]:
        """Return the names of the folders with former data, the oldest first."""
        return sorted(each.name for each in self._app.root.iterdir() if FORMER.fullmatch(each.name))

    def _settle(self) -> None:
        files.sync_folder(self._app.root)
        _, warnings = confinement.confine(self._app)
        self.warnings += warnings
