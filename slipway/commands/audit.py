"""`slipway audit`."""

from __future__ import annotations

import click

from slipway.audit import verb
from slipway.commands import inputs


@click.command("audit")
@inputs.environment
@click.option("--limit", default="", metavar="HOSTS", help="Only these hosts.")
@click.option("--json", "as_json", is_flag=True, help="Print {host: [score, ...]}.")
def audit(name: str | None, inventories: tuple[str, ...], limit: str, *, as_json: bool) -> int:
    """Let checkers that nobody here wrote examine the hosts; scores beside those of the previous run.

    Exit codes: 0 every target met; 1 a target missed; 3 no host was asked, a host did not answer, or a checker did not
    run to its end.
    """
    return verb.audit(inputs.chosen(name, inventories), limit, as_json=as_json)
