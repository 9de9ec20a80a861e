"""`slipway notify-test`."""

from __future__ import annotations

import click

from slipway import notify as verb
from slipway.commands import inputs


@click.command("notify-test")
@inputs.environment
def notify_test(name: str | None, inventories: tuple[str, ...]) -> int:
    """Send one message by each way that `slipway_watch` names, from every host, and say what each answered.

    The heartbeat's listener hears one too.

    Exit codes: 0 all took it; 1 one did not, or a host is not watched; 3 no host was asked.
    """
    return verb.notify_test(inputs.chosen(name, inventories))
