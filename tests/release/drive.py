"""Runs the engine on a rig's host without Ansible; reads one order as JSON, prints one answer as JSON.

Usage: drive.py ORDER [STEP]. With STEP the engine runs in a child that gets SIGKILL as soon as its journal has reached
that step.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, "/opt/engine")

from release.errors import ReleaseError
from release.order import carry_out as engine

JOURNAL = "/var/lib/slipway/apps/{}/state/journal.json"


def carry_out(order: dict[str, object]) -> dict[str, object]:
    """Do one order; a failure becomes an answer too."""
    begun = time.monotonic()
    try:
        answer = engine(order, only_look=bool(order.get("check")))
    except ReleaseError as error:
        answer = {"failed": True, "msg": str(error), "code": error.code, "audit": error.audit}
    return {**answer, "took_s": round(time.monotonic() - begun, 3)}


def until(order: dict[str, object], step: str) -> str:
    """Run the order in a child and kill it at a step; returns the step it was really at."""
    app = order["app"]
    journal = pathlib.Path(JOURNAL.format(app["name"] if isinstance(app, dict) else ""))
    child = os.fork()
    if child == 0:
        carry_out(order)
        os._exit(0)
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if reached(journal) == step:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return reached(journal)
    return "ended"


def reached(journal: pathlib.Path) -> str:
    """Return the step that the journal names, empty without one."""
    try:
        return str(json.loads(journal.read_bytes())["step"])
    except (OSError, ValueError):
        return ""


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(carry_out(given) if len(sys.argv) == 2 else {"reached": until(given, sys.argv[2])}))
