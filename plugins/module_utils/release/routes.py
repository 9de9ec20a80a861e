"""Which process of a slot serves which part of the domain, told to Caddy without a reload.

A reload closes WebSockets and keeps new visitors out for a moment, so routes are switched as releases are: each is
guarded by a file beside the marker of the live slot, which Caddy looks for at every request. Slot, process, path and
port make its name; it is there when the release in the slot has that route. What is guarded is in the app's site,
from the inventory, and in a file per slot that the site imports, from the release: so a site that is written again
keeps the routes of what is live.
"""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import files
from .errors import CheckError
from .process import Process, Slot, serving

CADDY = Path("/etc/caddy")
RELOAD = ("systemctl", "try-reload-or-restart", "caddy.service")
RELOAD_TIMEOUT_S = 120
HOLD_S = 3


def guard(slot: Slot, process: Process) -> str:
    """Return the name of the file that is there when the release in a slot has this route."""
    route = f"{process.path} {process.ports[slot]}"
    return f"{slot}.{process.name}.{zlib.crc32(route.encode()):08x}"


def text(slot: Slot, processes: Sequence[Process], live_dir: Path, origin: str = "") -> str:
    """Return the routes of a slot for Caddy, the longest path first; empty where one process serves all.

    Args:
        slot: whose.
        processes: of the release, or as they are declared.
        live_dir: where the guards are.
        origin: begins the matchers' names: Caddy refuses a site that has the same name twice.
    """
    lines: list[str] = []
    for each in _routed(processes):
        name, part = guard(slot, each), each.path.rstrip("/")
        matcher = f"@{origin}{name.replace('.', '_')}"
        lines += [f"{matcher} {{", *([f"\tpath {part} {part}/*"] if part else [])]
        lines += ["\tfile {", f"\t\troot {live_dir}", f"\t\ttry_files /{name}", "\t}", "}"]
        lines += [f"handle {matcher} {{", f"\timport slot 127.0.0.1:{each.ports[slot]} {HOLD_S}", "}"]
    return "".join(f"{line}\n" for line in lines)


class Routes:
    """The routes of one app on this host."""

    def __init__(self, name: str, live_dir: Path, caddy: Path = CADDY) -> None:
        self._name, self._live_dir, self._caddy = name, live_dir, caddy

    def concern(self, slot: Slot, processes: Sequence[Process]) -> bool:
        """Whether a release has routes, or takes the place of one in its slot that had."""
        return bool(_routed(processes)) or any(self._guards(slot))

    def write(self, slot: Slot, processes: Sequence[Process]) -> None:
        """Set the routes of a slot that no visitor is sent to; Caddy reads its configuration only if one is new to it.

        Raises:
            CheckError: Caddy refuses its configuration.
        """
        wanted = {guard(slot, each) for each in _routed(processes)}
        for stale in self._guards(slot):
            if stale.name not in wanted:
                files.remove(stale)
        known = wanted <= self._known()
        routes = text(slot, processes, self._live_dir)
        if routes:
            files.folder(self._file(slot).parent, mode=0o755)
            files.write(self._file(slot), routes.encode())
        else:
            files.remove(self._file(slot))
        if not known:
            self._reload()
        for name in wanted:
            files.write(self._live_dir / name, b"")

    def remove(self) -> None:
        """Take the files away that Caddy imports."""
        for slot in ("blue", "green"):
            files.remove(self._file(slot))

    def _guards(self, slot: Slot) -> Iterator[Path]:
        return self._live_dir.glob(f"{slot}.*.*")

    def _file(self, slot: str) -> Path:
        return self._caddy / "routes" / f"{self._name}.{slot}.caddy"

    def _known(self) -> set[str]:
        """Return the guards that Caddy has read: what changed its files had it read them."""
        sites = (self._caddy / "sites" / f"{self._name}.caddy", self._caddy / "conf.d" / f"review-{self._name}.caddy")
        found = [files.read_text(path) or "" for path in (*sites, self._file("blue"), self._file("green"))]
        return {
            word.removeprefix("/") for one in found for word in one.split() if word.startswith(("/blue.", "/green."))
        }

    def _reload(self) -> None:
        done = subprocess.run(RELOAD, capture_output=True, text=True, timeout=RELOAD_TIMEOUT_S, check=False)
        if done.returncode:
            raise CheckError(
                f"{self._name}: Caddy did not take the routes of the new release.",
                evidence=done.stderr.strip().splitlines()[-3:],
                fix="`journalctl -u caddy -n 50` on the host; `slipway provision ENV` writes the site again",
            )


def _routed(processes: Sequence[Process]) -> list[Process]:
    """Return the processes that need a route: none where there is but one, which the site itself knows."""
    servers = serving(processes)
    return servers if len(servers) > 1 else []
