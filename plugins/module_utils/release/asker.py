"""For whom the engine works: the project that declares apps, and how far it may go with those of others."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import RefusedError
from .ownership import conflicts
from .register import Entry, Register


@dataclass(frozen=True)
class Asker:
    """Who asks. `project` is empty where nobody says it: then nothing is registered, and nothing is somebody else's.

    `declared` are the names of all apps that the project declares, None where they are not given; `adopt` takes apps
    of these names over from other projects, `prune` stops what no project is registered for.
    """

    project: str = ""
    inventory: str = ""
    declared: tuple[str, ...] | None = None
    adopt: bool = False
    prune: bool = False

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Asker:
        """Read it from the parameters of module `release`."""
        declared = given.get("declared")
        return cls(
            project=str(given.get("project") or ""),
            inventory=str(given.get("inventory") or ""),
            declared=tuple(str(name) for name in declared) if isinstance(declared, list) else None,
            adopt=bool(given.get("adopt")),
            prune=bool(given.get("prune")),
        )

    def refuse_anothers(self, app: str) -> None:
        """Refuse to change an app that another project declared.

        Raises:
            RefusedError: with the project, and both ways out.
        """
        known = Register().entries().get(app) if self.project else None
        if known and known.project != self.project:
            raise RefusedError(
                f"App {app} of this host was declared by another project, {known.whose}; this is {self.project}.",
                fix="do it from there, or take the app over with its data: `slipway site ENV --adopt`",
            )

    def refuse_conflicts(self, app: Mapping[str, object]) -> None:
        """Refuse an app that has what belongs to another, or that would go without its data.

        Raises:
            RefusedError: with the first conflict.
        """
        if not self.project:
            return
        wanted = self._entry(app)
        declared = self.declared if self.declared is not None else (wanted.app,)
        entries = Register().entries()
        if self.declared is None:  # what else this project declares is not known, so nothing of its own is in the way
            entries = {name: entry for name, entry in entries.items() if entry.project != self.project}
        for conflict in conflicts(entries, wanted, declared, adopt=self.adopt):
            raise RefusedError(conflict.what, fix=conflict.way_out)

    def take(self, app: Mapping[str, object], *, check_mode: bool) -> list[str]:
        """Write down that this project declares an app; returns what there is to say about it.

        One that is not among its declared ones, such as a merge request's, is not written down.
        """
        if not self.project or self.declared is None:
            return []
        wanted = self._entry(app)
        known = Register().entries().get(wanted.app)
        if not check_mode:
            Register().declare(wanted)
        if known and known.project != self.project:
            return [f"{'would take' if check_mode else 'took'} it over from {known.whose}"]
        return []

    def _entry(self, app: Mapping[str, object]) -> Entry:
        return Entry.of(app, self.project, self.inventory, time.time())
