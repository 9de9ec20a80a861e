"""Run the module; when its dead-man switch is armed, prove by a fresh login that the host can still be reached."""

from __future__ import annotations

import time

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

Result = dict[str, object]
DEADMAN = "/usr/local/sbin/slipway-deadman"
# sshd answers again within a second of a reload; a dropped packet costs a connection timeout (ansible.cfg).
ATTEMPTS = 3
PAUSE_S = 1.0


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible has no types
    """The control side of `config_files`."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """Return the module's result; fail when the host no longer lets a new login in."""
        super().run(tmp, task_vars)
        result: Result = self._execute_module(task_vars=task_vars)
        if result.get("armed") and not result.get("failed") and not self._task.check_mode:
            self.confirm(str(self._task.args["guard"]["name"]), task_vars)
        return result

    def confirm(self, switch: str, task_vars: Result | None) -> None:
        """Log in anew and disarm.

        Raises:
            AnsibleActionFail: no login, or the host restored itself before it.
        """
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE_S * attempt)
            self.log_out()
            try:
                command = {"argv": [DEADMAN, "confirm", switch]}
                said = self._execute_module("ansible.legacy.command", module_args=command, task_vars=task_vars)
            except AnsibleConnectionFailure:
                continue
            if said.get("rc") == 0:
                return
            raise AnsibleActionFail(f"the change to {switch} is not confirmed: {said.get('stderr') or said.get('msg')}")
        raise AnsibleActionFail(
            f"the new configuration of {switch} lets no new login in. The host puts the previous one back by itself "
            "(deadman_timeout_seconds after the change). Wait, correct the inputs, run again."
        )

    def log_out(self) -> None:
        """Close the connection itself: mitogen's reset() closes only what is above it while there is a `become`."""
        become = self._connection.become
        self._connection.set_become_plugin(None)
        self._connection.reset()
        self._connection.set_become_plugin(become)
