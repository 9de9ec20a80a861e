"""Runs the engine on a rig's host without Ansible; reads one order as JSON, prints one answer as JSON.

Usage: drive.py ORDER [STEP [MOMENT]]. With STEP the engine runs in a child that kills itself at that step: as soon as
the journal says it (MOMENT "begun"), or when the step has started a program, which goes on alone ("running").
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, "/opt/engine")

from ansible_collections.slipway.kit.plugins.module_utils.release.dispatch import dispatch as engine
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import ReleaseError
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Journal, Records

JOURNAL = "/var/lib/slipway/apps/{}/state/journal.json"


def carry_out(order: dict[str, object]) -> dict[str, object]:
    """Do one order; a failure becomes an answer too."""
    begun = time.monotonic()
    try:
        answer = engine(order, check_mode=bool(order.get("check")))
    except ReleaseError as error:
        answer = {"failed": True, "msg": str(error), "code": error.code, "audit": error.audit, "changed": error.changed}
    return {**answer, "took_s": round(time.monotonic() - begun, 3)}


def until(order: dict[str, object], step: str, moment: str) -> dict[str, object]:
    """Run the order in a child that kills itself at a step; returns what the journal says then, and the child's end."""
    app = order["app"]
    journal = pathlib.Path(JOURNAL.format(app["name"] if isinstance(app, dict) else ""))
    child = os.fork()
    if child == 0:
        die_at(step, moment)
        print(json.dumps(carry_out(order)), file=sys.stderr, flush=True)
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    return {"reached": reached(journal), "signal": os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0}


def die_at(step: str, moment: str) -> None:
    """Let this process get SIGKILL at a moment of a step, and nowhere else."""
    write, begin = Records.write_journal, subprocess.Popen.__init__

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def started(program: subprocess.Popen[bytes], *args: object, **options: object) -> None:
        begin(program, *args, **options)  # type: ignore[call-overload]
        die()

    def written(records: Records, journal: Journal) -> None:
        write(records, journal)
        if journal.step != step:
            return
        if moment == "begun":
            die()
        subprocess.Popen.__init__ = started  # type: ignore[method-assign,assignment]

    Records.write_journal = written  # type: ignore[method-assign,assignment]


def reached(journal: pathlib.Path) -> str:
    """Return the step that the journal names, empty without one."""
    try:
        return str(json.loads(journal.read_bytes())["step"])
    except (OSError, ValueError):
        return ""


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    at = sys.argv[2:]
    print(json.dumps(until(given, at[0], (at[1:] or ["begun"])[0]) if at else carry_out(given)))
