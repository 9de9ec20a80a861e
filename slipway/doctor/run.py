"""Examine and rehearse a converge at the same time, and collect what both found."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.doctor import drift
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import CODES
from slipway.asked import ANSIBLE_PLAYBOOK, ask

NOT_EXAMINED = "NOT_EXAMINED"


def examine(
    inventories: Sequence[str], environment: str, limit: str = "", *, with_drift: bool = True
) -> dict[str, list[Finding]]:
    """Return the findings by host, of every host that was asked.

    Args:
        inventories: as for `-i`.
        environment: name shown in commands.
        limit: pattern of hosts, as for `--limit`; empty for all.
        with_drift: rehearse a converge too, which takes longest.

    Raises:
        NotAskedError: no host was asked.
    """
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=1) as pool:
        flags = [word for inventory in inventories for word in ("-i", inventory)]
        flags += ["--limit", limit] if limit else []
        rehearsal = pool.submit(_drift, flags, environment) if with_drift else None
        asked = ask("playbooks/doctor.yml", inventories, {"doctor_folder": folder}, limit)
        found = read(Path(folder))
        for host in set(asked.hosts) - found.keys():
            found[host] = [not_examined(host, environment, asked.problems.get(host, "the host gave no answer"))]
        drifted, unknown = rehearsal.result() if rehearsal else ({}, None)
        for host, findings in found.items():
            findings.extend(drifted.get(host) or ([unknown] if unknown and examined(findings) else []))
    return dict(sorted(found.items()))


def not_examined(host: str, environment: str, reason: str) -> Finding:
    """Return the finding about a host that nobody knows anything about."""
    what = f"{host} could not be examined: {reason}"
    return Finding(NOT_EXAMINED, what, f"{host} in the inventory", f"make preflight ENV={environment}")


def examined(findings: Iterable[Finding]) -> bool:
    """Return whether a host was examined, whatever was found."""
    return not any(finding.code in {NOT_EXAMINED, *CODES} for finding in findings)


def read(folder: Path) -> dict[str, list[Finding]]:
    """Return what the action left: a JSON file a host."""
    return {
        path.stem: [Finding(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
        for path in sorted(folder.glob("*.json"))
    }


def _drift(flags: list[str], environment: str) -> tuple[dict[str, list[Finding]], Finding | None]:
    """Return what a converge would change by host, and what to say of the others where the rehearsal failed."""
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
    drifted = {host: drift.drifted(environment, {host: tasks}) for host, tasks in changed.items()}
    if not done.returncode:
        return drifted, None
    what = "Whether the host is as declared can't be known: the rehearsal of a converge failed."
    command = f"make provision ENV={environment} ARGS=--check"
    return drifted, Finding("DRIFT_UNKNOWN", what, "playbooks/provision.yml", command, "warning")
