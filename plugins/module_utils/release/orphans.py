"""Apps that are not declared any more: stopped, data and records left alone. Review apps were never declared."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from .dockerd import Engine
from .labels import APP_LABEL
from .retire import is_review
from .timers import Timers

APPS = Path("/var/lib/slipway/apps")


def stop_orphans(engine: Engine, apps_root: Path, declared: Collection[str], *, check_mode: bool) -> list[str]:
    """Stop the containers of apps that have a folder on the host but are not declared; returns their names."""
    if not apps_root.is_dir():
        return []
    gone = sorted(f.name for f in apps_root.iterdir() if f.name not in declared and not is_review(f))
    stopped = []
    for app in gone:
        found = [engine.container(each) for each in engine.containers(f"{APP_LABEL}={app}")]
        running = [container for container in found if container and container.running]
        for container in running:
            if not check_mode:
                # Also keeps it from starting again at boot: Docker remembers a stop by hand.
                engine.stop(container.id, grace_s=20)
        if running:
            stopped.append(app)
        if not check_mode:
            Timers(app).converge(())
    return stopped
