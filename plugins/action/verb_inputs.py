"""Action `verb_inputs`: refuse what was given to a verb with -e in another form, before Ansible makes a text of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.plugin_utils.forms.inputs import faults, undeclared


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible is untyped
    """Looks at the extra variables as they were given; the forms are in module_utils/forms."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS: ClassVar[frozenset[str]] = frozenset()

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, object]:
        """Return `failed` with every fault, and with an app that is declared nowhere."""
        super().run(tmp, task_vars)
        given, known = self._task.get_variable_manager().extra_vars, task_vars or {}
        found = faults(given)
        if not found:
            # One host of several may have it: the others have nothing to do.
            declared = [known["hostvars"][host].get("slipway_apps") or [] for host in known["ansible_play_hosts_all"]]
            found = undeclared(given.get("app_only"), itertools.chain.from_iterable(declared))
        if found:
            return {"failed": True, "changed": False, "msg": "\n".join(["Nothing was touched.", *found])}
        return {"changed": False}
