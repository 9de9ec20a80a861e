"""Who owns a rig, written on every container, network and volume, so that leftovers are told from living neighbours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "org.slipway.rig"
TOKEN_LABEL = f"{PREFIX}.token"
STATE_LABEL = f"{PREFIX}.state"


@dataclass(frozen=True)
class Owner:
    """A process (`pid` started at `started`) or, for a rig that is kept, its state directory."""

    machine: str  # boot id and PID namespace: outside of it nothing can be said about the process or the directory
    pid: int
    started: str
    state: Path
    kept: bool

    @classmethod
    def current(cls, state: Path, *, kept: bool) -> Owner:
        """Describe this process."""
        return cls(machine_id(), os.getpid(), process_start(os.getpid()), state, kept)

    def labels(self, name: str, token: str) -> dict[str, str]:
        """Return the labels of everything that belongs to the rig."""
        return {
            f"{PREFIX}.name": name,
            TOKEN_LABEL: token,
            f"{PREFIX}.machine": self.machine,
            f"{PREFIX}.pid": str(self.pid),
            f"{PREFIX}.started": self.started,
            STATE_LABEL: str(self.state),
            f"{PREFIX}.kept": "yes" if self.kept else "no",
        }


def is_leftover(labels: Mapping[str, str]) -> bool:
    """Tell whether the owner that `labels` name is gone for certain; in doubt it is not."""
    boot, _, namespace = labels.get(f"{PREFIX}.machine", "").partition("/")
    own_boot, _, own_namespace = machine_id().partition("/")
    if not boot or namespace != own_namespace:
        return False
    if labels.get(f"{PREFIX}.kept") == "yes":
        return not Path(labels.get(STATE_LABEL, ""), "state.json").exists()
    return boot != own_boot or process_start(int(labels[f"{PREFIX}.pid"])) != labels[f"{PREFIX}.started"]


def machine_id() -> str:
    """Return boot id and PID namespace, joined by a slash."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"


def process_start(pid: int) -> str:
    """Return the start time of a process in clock ticks since boot, empty if there is none (proc(5), stat field 22)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
