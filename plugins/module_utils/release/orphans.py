"""Apps that are not declared any more: stopped, their sites taken away, data and records left alone.

Only the project that declared an app stops it so. Review apps were never declared.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from . import site
from .asker import Asker
from .dockerd import Engine
from .errors import SiteError
from .labels import APP_LABEL
from .register import Entry, Register
from .retire import is_review
from .timers import Timers

APPS = Path("/var/lib/slipway/apps")


@dataclass(frozen=True)
class Orphans:
    """What was done about apps that are not declared; each is a list of names, or of whole sentences (`said`)."""

    stopped: list[str] = field(default_factory=list)
    without_site: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether something was done."""
        return bool(self.stopped or self.without_site)


def stop_orphans(engine: Engine, apps_root: Path, asker: Asker, *, check_mode: bool) -> Orphans:
    """Stop the apps that this project declared and does not declare any more, and say what is left alone."""
    entries = Register().entries()
    here = {each.name for each in apps_root.iterdir() if not is_review(each)} if apps_root.is_dir() else set()
    gone = sorted((here | entries.keys()) - set(asker.declared or ()))
    own = [name for name in gone if _is_own(entries.get(name), asker)]
    said = _left_alone(engine, [name for name in gone if name not in own], entries)
    stopped = [name for name in own if _stop(engine, name, check_mode=check_mode)]
    removed: list[str] = []
    try:
        removed = site.remove(own, check_mode=check_mode)
    except SiteError as error:
        said.append(f"warning: {error.what}")
    if not check_mode:
        for name in own:
            Register().stop(name, time.time())
    if stopped:
        said.insert(0, f"stopped what is not declared any more: {', '.join(stopped)}")
    if removed:
        said.insert(0, f"removed the sites of what is not declared any more: {', '.join(removed)}")
    return Orphans(stopped, removed, said)


def _is_own(entry: Entry | None, asker: Asker) -> bool:
    """Whether a project may stop an app; where nobody says whose it is, everything is everybody's."""
    if not asker.project:
        return True
    return entry.project == asker.project if entry else asker.prune


def _stop(engine: Engine, app: str, *, check_mode: bool) -> bool:
    running = _running(engine, app)
    if not check_mode:
        for container in running:
            # Also keeps it from starting again at boot: Docker remembers a stop by hand.
            engine.stop(container, grace_s=20)
        Timers(app).converge(())
    return bool(running)


def _running(engine: Engine, app: str) -> list[str]:
    """Return the ids of an app's containers that run."""
    found = [engine.container(each) for each in engine.containers(f"{APP_LABEL}={app}")]
    return [container.id for container in found if container and container.running]


def _left_alone(engine: Engine, others: list[str], entries: dict[str, Entry]) -> list[str]:
    """Say which apps of the host, none of them this project's, go on."""
    said = [
        f"left alone: {name} of {entry.whose}" for name in others if (entry := entries.get(name)) and not entry.stopped
    ]
    nobodys = [name for name in others if name not in entries and _running(engine, name)]
    if nobodys:
        said.append(f"left alone, as no project is registered for them: {', '.join(nobodys)} (--prune stops them)")
    return said
