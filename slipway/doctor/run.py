"""Examine and rehearse a converge at the same time, and collect what both found."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.doctor import drift
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import CODES
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.environment import Environment
from slipway.playbook import JSON_OUTPUT, Run, ask, capture

NOT_EXAMINED = "NOT_EXAMINED"


def examine(environment: Environment, limit: str = "", *, with_drift: bool = True) -> dict[str, list[Finding]]:
    """Return the findings by host, of every host that was asked.

    Args:
        environment: which.
        limit: pattern of hosts, as for `--limit`; empty for all.
        with_drift: rehearse a converge too, which takes longest.

    Raises:
        UnknownError: no host was asked.
    """
    options = ["--limit", limit] if limit else []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=1) as pool:
        rehearsal = pool.submit(_drift, environment, options) if with_drift else None
        asked = ask(Run(["doctor"], environment, {"doctor_folder": folder}, options))
        found = read(Path(folder), environment.name)
        for host in set(asked.hosts) - found.keys():
            found[host] = [not_examined(host, environment.name, asked.problems.get(host, "the host gave no answer"))]
        drifted, unknown = rehearsal.result() if rehearsal else ({}, None)
        for host, findings in found.items():
            findings.extend(drifted.get(host) or ([unknown] if unknown and examined(findings) else []))
    return dict(sorted(found.items()))


def not_examined(host: str, environment: str, reason: str) -> Finding:
    """Return the finding about a host that nobody knows anything about."""
    what = f"{host} could not be examined: {reason}"
    return Finding(NOT_EXAMINED, what, f"{host} in the inventory", spelled(f"slipway preflight {environment}"))


def examined(findings: Iterable[Finding]) -> bool:
    """Return whether a host was examined, whatever was found."""
    return not any(finding.code in {NOT_EXAMINED, *CODES} for finding in findings)


def read(folder: Path, environment: str) -> dict[str, list[Finding]]:
    """Return what the action left: a JSON file per host."""
    return {
        path.stem: [_named(Finding(**entry), environment) for entry in json.loads(path.read_text(encoding="utf-8"))]
        for path in sorted(folder.glob("*.json"))
    }


def _drift(environment: Environment, options: Sequence[str]) -> tuple[dict[str, list[Finding]], Finding | None]:
    """Return what a converge would change by host, and what to say of the others where the rehearsal failed."""
    name = environment.name
    done = capture(Run(["provision"], environment, options=[*options, "--check"]), extra=JSON_OUTPUT)
    try:
        changed = drift.parse(done.stdout)
    except ValueError:
        changed = {}
    drifted = {host: drift.drifted(name, {host: tasks}) for host, tasks in changed.items()}
    if not done.returncode:
        return drifted, None
    what = "Whether the host is as declared can't be known: the rehearsal of a converge failed."
    command = spelled(f"slipway provision {name} --check")
    return drifted, Finding("DRIFT_UNKNOWN", what, "playbooks/provision.yml", command, "warning")


def _named(finding: Finding, environment: str) -> Finding:
    """Return a finding whose command names the environment."""
    return replace(finding, command=spelled(finding.command, environment))
