"""`slipway doctor`: the findings of each host, as text or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, UNKNOWN
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report, worst
from slipway.doctor.run import examine, examined
from slipway.environment import Environment


def doctor(environment: Environment, limit: str = "", *, as_json: bool = False, with_drift: bool = True) -> int:
    """Print the findings of each host; return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    started = time.monotonic()
    found = examine(environment, limit, with_drift=with_drift)
    if as_json:
        listed = {host: [finding.as_dict() for finding in entries] for host, entries in found.items()}
        print(json.dumps(listed, indent=2))
    else:
        for host, entries in found.items():
            print(f"{headed(host, entries)}\n")
        print(f"{time.monotonic() - started:.1f} s")
    return exit_code(found)


def headed(host: str, entries: Sequence[Finding]) -> str:
    """Return the text for one host; what only deserves a notice leaves it well."""
    if not entries:
        return f"{host}: well"
    head = f"findings: {len(entries)}" if worst(entries) else f"well, notices: {len(entries)}"
    return f"{host}: {head}\n\n{report(entries)}"


def exit_code(found: Mapping[str, Iterable[Finding]]) -> int:
    """Return the exit code for the findings of all hosts: what nobody knows outweighs what was found."""
    every = [list(entries) for entries in found.values()]
    if not every or not all(examined(entries) for entries in every):
        return UNKNOWN
    return FAILED if any(worst(entries) for entries in every) else 0
