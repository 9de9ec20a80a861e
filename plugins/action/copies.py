"""Action plugin `copies`: tells the module who asks, and the reader his commands as he types them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.owner import owner
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of, spelled


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """Runs module `copies`."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        super().run(tmp, task_vars)
        given = dict(task_vars or {})
        words = {**self._task.args, "owner": owner()}
        done: dict[str, Any] = self._execute_module(module_args=words, task_vars=given)
        if "msg" in done:
            done["msg"] = spelled(str(done["msg"]), environment_of(given))
        return done
