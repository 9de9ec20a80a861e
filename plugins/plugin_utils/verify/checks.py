"""Judge what must not answer from outside. Pure: probes are made elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.slipway.kit.plugins.module_utils.visit.sites import Site
from ansible_collections.slipway.kit.plugins.module_utils.visit.web import Answer
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding


def judge_hidden(site: Site, answer: Answer) -> list[Finding]:
    """Return a finding when an app that is not for the outside answers there."""
    if answer.trouble or answer.status in {403, 421}:
        return []
    what = f"https://{site.name}/ answers {answer.status} from outside, though its exposure is {site.exposure}."
    return [Finding("EXPOSED", what, f"app {site.app} on {site.host}", "slipway provision ENV")]


def judge_ports(
    host: str, answering: Iterable[int], allowed: Iterable[int], holders: Mapping[int, str]
) -> list[Finding]:
    """Return a finding for each port that answers and is not declared."""
    return [
        Finding(
            "OPEN_PORT",
            f"Port {port}/tcp of {host} answers from outside{_by(holders.get(port, ''))}, and nothing declares it.",
            f"firewall_openings in the inventory, or {holders.get(port) or 'the program'} on {host}",
            f"sudo ss -ltnp 'sport = :{port}'",
        )
        for port in sorted(set(answering) - set(allowed))
    ]


def _by(holder: str) -> str:
    return f" (held by {holder})" if holder else ""
