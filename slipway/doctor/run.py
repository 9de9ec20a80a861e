"""Examine and rehearse a converge at the same time, and collect what both found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible.module_utils.doctor import drift
from ansible.module_utils.findings import Finding

ANSIBLE_PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")


class DoctorError(Exception):
    """The examination itself could not be made; the message is what Ansible said."""


def examine(inventories: list[str], environment: str, *, with_drift: bool = True) -> dict[str, list[Finding]]:
    """Return the findings by host.

    Args:
        inventories: as for `-i`.
        environment: name shown in commands.
        with_drift: rehearse a converge too, which takes longest.

    Raises:
        DoctorError: Ansible failed before it came to the hosts.
    """
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=2) as pool:
        flags = [word for inventory in inventories for word in ("-i", inventory)]
        play = [ANSIBLE_PLAYBOOK, *flags, "playbooks/doctor.yml", "-e", f"doctor_folder={folder}"]
        rehearsal = pool.submit(_drift, flags, environment) if with_drift else None
        done = subprocess.run(play, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        found = read(Path(folder))
        if not found:
            raise DoctorError(done.stdout[-4000:] + done.stderr[-4000:])
        for finding in rehearsal.result() if rehearsal else []:
            host = finding.where.partition(",")[0]
            found.setdefault(host, []).append(finding)
    return found


def read(folder: Path) -> dict[str, list[Finding]]:
    """Return what the action left: a JSON file a host."""
    return {
        path.stem: [Finding(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
        for path in sorted(folder.glob("*.json"))
    }


def _drift(flags: list[str], environment: str) -> list[Finding]:
    done = subprocess.run(
        [ANSIBLE_PLAYBOOK, *flags, "playbooks/provision.yml", "--check"],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
    )
    try:
        changed = drift.parse(done.stdout)
    except ValueError:
        changed = {}
    found: list[Finding] = drift.drifted(environment, changed)
    if done.returncode and not found:
        what = "Whether the hosts are as declared can't be known: the rehearsal of a converge failed."
        command = f"make provision ENV={environment} ARGS=--check"
        found.append(Finding("DRIFT_UNKNOWN", what, "playbooks/provision.yml", command, "warning"))
    return found
