"""Run the checkers by a playbook and score what they said."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from ansible.module_utils.audit import scores
from ansible.module_utils.audit.scores import Score

from slipway.audit.deviations import Deviation, accepted

ANSIBLE_PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
SHOWN = 4000


class AuditError(Exception):
    """The checkers could not be run; the message is what Ansible said."""


def gather(inventories: Sequence[str]) -> dict[str, Mapping[str, object]]:
    """Return what the checkers said, by host.

    Raises:
        AuditError: the playbook failed.
    """
    flags = [word for inventory in inventories for word in ("-i", inventory)]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [ANSIBLE_PLAYBOOK, *flags, "playbooks/audit.yml", "-e", f"audit_folder={folder}"],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise AuditError(done.stdout[-SHOWN:] + done.stderr[-SHOWN:])
        return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("*.json"))}


def score(raw: Mapping[str, object], deviations: Sequence[Deviation]) -> list[Score]:
    """Return the scores of one host."""
    return [
        scores.ssh(cast("Mapping[str, object]", raw["ssh"])),
        scores.lynis(cast("Mapping[str, object]", raw["lynis"])),
        *scores.tls(cast("Mapping[str, list[Mapping[str, str]]]", raw["tls"]), set(accepted(deviations, "testssl"))),
        scores.containers(
            cast("list[Mapping[str, object]]", raw["containers"]), cast("Mapping[str, object]", raw["engine"])
        ),
    ]
