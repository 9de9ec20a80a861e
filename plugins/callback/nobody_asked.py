"""Fail a run that came to no host: Ansible itself calls an inventory without hosts a success."""

from __future__ import annotations

from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: nobody_asked
type: aggregate
short_description: Fail a run that came to no host
description:
  - Without it C(ansible-playbook) prints "no hosts matched" and exits with 0, as if the work were done.
author:
  - Slipway
"""

# As where --limit leaves no host, which Ansible does refuse.
FAILED = 1


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible is untyped
    """Looks at the end of a run whether any host took part in it."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "nobody_asked"

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """End the program where no host took part; an exception of any other kind would be a mere warning."""
        if not stats.processed:
            self._display.error(
                "No host was asked and nothing was done: the inventory names none. See which it names: "
                "ansible-inventory -i inventories/ENV --graph. Write one: make init ENV=..."
            )
            raise SystemExit(FAILED)
