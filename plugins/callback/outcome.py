"""Fail a run that came to no host, which Ansible calls a success, and leave how a run ended for `slipway`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.slipway.kit.plugins.plugin_utils.outcome import FILE_VARIABLE, Outcome
from ansible_collections.slipway.kit.plugins.plugin_utils.plain_display import guard
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled

DOCUMENTATION = r"""
name: outcome
type: aggregate
short_description: Fail a run that came to no host, and leave how a run ended
description:
  - Without it C(ansible-playbook) prints "no hosts matched" and exits with 0, as if the work were done.
  - Where C(SLIPWAY_OUTCOME) names a file, it gets the hosts that failed and whether anything was touched before, which
    the exit code of C(ansible-playbook) does not tell.
  - Control characters in what a run prints are written out, since a host or an app may have put them there.
author:
  - Slipway
"""

# As where --limit leaves no host, which Ansible does refuse.
FAILED = 1
# Tasks that judge and touch nothing: what they refuse was refused before anything was touched.
JUDGES = frozenset(
    {
        *("slipway.kit.preflight", "slipway.kit.verb_inputs", "slipway.kit.lockout"),
        *("ansible.builtin.assert", "ansible.builtin.fail", "ansible.builtin.validate_argument_spec"),
        *("assert", "fail"),
    }
)


# What module `release` calls an end that left everything as it was.
REFUSALS = frozenset({"refused", "locked"})


def refused(result: Mapping[str, Any]) -> bool:
    """Return whether a failure of module `release`, or all of a loop's, left everything as it was."""
    turns = result.get("results")
    failed = [turn for turn in turns if turn.get("failed")] if isinstance(turns, list) else [result]
    return bool(failed) and all(turn.get("code") in REFUSALS for turn in failed)


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible is untyped
    """Looks at each failure, and at the end of a run whether any host took part in it."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "outcome"

    def __init__(self) -> None:
        super().__init__()
        guard(self._display)
        self._changed = 0
        self._refusals: list[bool] = []

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count what was changed so far."""
        self._changed += bool(result.result.get("changed"))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Note whether a failure is a refusal."""
        if not ignore_errors:
            self._refusals.append(result.task.action in JUDGES or refused(result.result))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Leave the outcome; end the program where no host took part: any other exception would be a mere warning."""
        if path := os.environ.get(FILE_VARIABLE):
            Outcome(
                hosts=sorted(stats.processed),
                failed=sorted(stats.failures),
                unreachable=sorted(stats.dark),
                changed=self._changed,
                refused=bool(self._refusals) and all(self._refusals) and not self._changed,
            ).write(Path(path))
        if not stats.processed:
            complaint = (
                "No host was asked and nothing was done: the inventory names none. See which it names: "
                "ansible-inventory -i inventories/ENV --graph. Write one: slipway init ENV"
            )
            self._display.error(spelled(complaint))
            raise SystemExit(FAILED)
