"""Which process of a slot serves which part of the domain: a file per slot that the app's site imports.

The release decides it, not the inventory of the moment: what visitors get of the live slot stays as it is while the
other slot is prepared, and a rollback brings the routes of its release along.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import files
from .app import App, Process, Slot
from .errors import CheckError
from .process import serving

FOLDER = Path("/etc/caddy/routes")
RELOAD = ("systemctl", "try-reload-or-restart", "caddy.service")
RELOAD_TIMEOUT_S = 120
HOLD_S = 3


def text(slot: Slot, processes: Sequence[Process]) -> str:
    """Return the routes of a slot for Caddy, empty where one process serves all."""
    servers = serving(processes)
    if len(servers) < 2:  # noqa: PLR2004 - the site itself knows the one
        return ""
    lines = ["# Written by Slipway; changes here are lost at the next release.", "route {"]
    for each in servers:
        part, matcher = each.path.rstrip("/"), ""
        if part:
            matcher = f"@{each.name}"
            lines.append(f"\t{matcher} path {part} {part}/*")
        lines.append(f"\thandle {matcher} {{" if matcher else "\thandle {")
        lines += [f"\t\timport slot 127.0.0.1:{each.ports[slot]} {HOLD_S}", "\t}"]
    return "\n".join([*lines, "}", ""])


def concern(app: App, slot: Slot, processes: Sequence[Process]) -> bool:
    """Whether a release has routes, or replaces one in its slot that had."""
    return bool(text(slot, processes)) or _file(app, slot).exists()


def write(app: App, slot: Slot, processes: Sequence[Process]) -> None:
    """Give Caddy the routes of a release for a slot that no visitor is sent to; it reads them when they are others.

    Raises:
        CheckError: Caddy refuses its configuration; the old routes are back.
    """
    path, wanted = _file(app, slot), text(slot, processes)
    before = files.read_text(path) or ""
    if before == wanted.strip():
        return
    _put(path, wanted)
    done = subprocess.run(RELOAD, capture_output=True, text=True, timeout=RELOAD_TIMEOUT_S, check=False)
    if done.returncode:
        _put(path, f"{before}\n" if before else "")
        raise CheckError(
            f"{app.name}: Caddy did not take the routes of the new release.",
            evidence=done.stderr.strip().splitlines()[-3:],
            fix="`journalctl -u caddy -n 50` on the host; `slipway provision ENV` writes the site again",
        )


def remove(app: App) -> None:
    """Take an app's routes away; Caddy forgets them when it reads its configuration next."""
    for slot in app.ports:
        files.remove(_file(app, slot))


def _file(app: App, slot: Slot) -> Path:
    return FOLDER / f"{app.name}.{slot}.caddy"


def _put(path: Path, wanted: str) -> None:
    if wanted:
        files.folder(path.parent, mode=0o755)
        files.write(path, wanted.encode())
    else:
        files.remove(path)
