"""Several hosts, all or none: what a host does next, given what all said before. Runs on the control machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNREACHABLE = "it could not be reached"


@dataclass(frozen=True)
class Verdict:
    """`go_on` with the next phase, or take back because `failed_host` (a host) said `why`."""

    go_on: bool
    failed_host: str = ""
    why: str = ""


def verdict(said: Mapping[str, object]) -> Verdict:
    """Judge what all hosts said to the phase before.

    Args:
        said: a host's registered result by its name; None where it has none: it could not be reached.
    """
    for host, result in said.items():
        if not isinstance(result, Mapping):
            return Verdict(go_on=False, failed_host=host, why=UNREACHABLE)
        if result.get("unreachable"):
            return Verdict(go_on=False, failed_host=host, why=UNREACHABLE)
        if result.get("refused"):
            failed_host = str(result.get("failed_host") or host)
            return Verdict(go_on=False, failed_host=failed_host, why=str(result["refused"]))
    return Verdict(go_on=True)


def tolerated(result: Mapping[str, object]) -> dict[str, object]:
    """Turn a failure into a result with `refused`, so that the host stays in the play to hear what the others say."""
    if not result.get("failed"):
        return dict(result)
    kept = {key: value for key, value in result.items() if key not in ("failed", "msg", "exception")}
    return kept | {"refused": result.get("msg", "failed"), "changed": False}
