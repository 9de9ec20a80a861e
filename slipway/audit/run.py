"""Run the checkers by a playbook and score what they said."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.audit import scores
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import Score
from slipway.audit.deviations import Deviation, accepted
from slipway.environment import Environment
from slipway.playbook import Run, ask


def audit(
    environment: Environment,
    limit: str,
    deviations: Sequence[Deviation],
    environ: Mapping[str, str] | None = None,
) -> dict[str, list[Score]]:
    """Return the scores of every host that was asked, by host; of one that did not answer, that it did not.

    Raises:
        UnknownError: no host was asked.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = ["--limit", limit] if limit else []
        asked = ask(Run(["audit"], environment, {"audit_folder": folder}, options), environ)
        files = {host: Path(folder, f"{host}.json") for host in asked.hosts}
        return {
            host: score(json.loads(file.read_text(encoding="utf-8")), deviations)
            if file.exists()
            else [scores.not_run("every checker", "-", asked.problems.get(host, "the host gave no answer"))]
            for host, file in files.items()
        }


def score(raw: Mapping[str, object], deviations: Sequence[Deviation]) -> list[Score]:
    """Return the scores of one host."""
    lynis = cast("Mapping[str, object]", raw["lynis"])
    return [
        scores.ssh(cast("Mapping[str, object]", raw["ssh"])),
        scores.lynis(lynis),
        scores.lynis_raw(lynis),
        *scores.tls(cast("Mapping[str, object]", raw["tls"]), set(accepted(deviations, "testssl"))),
        scores.containers(raw["containers"], cast("Mapping[str, object]", raw["engine"])),
    ]
