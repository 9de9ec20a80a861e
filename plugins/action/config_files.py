"""Action of `config_files`: render here; where a switch is armed, prove by a fresh login that the host is open."""

from __future__ import annotations

import time

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import connection_loader

from ansible_collections.slipway.kit.plugins.plugin_utils.rendering import render

Result = dict[str, object]
DEADMAN = "/usr/local/sbin/slipway-deadman"
# sshd answers again within a second of a reload.
ATTEMPTS = 3
PAUSE_S = 1.0
# A dropped packet is never answered: so long may a login take, whatever ansible.cfg says. No attempt begins later than
# PATIENCE_S, so that the verdict is there well before the shortest countdown (30 s) ends.
LOGIN_TIMEOUT_S = 7
PATIENCE_S = 10.0
# The first value that ssh reads is the one it takes.
UNSHARED = "-o ControlMaster=no -o ControlPath=none"


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible has no types
    """The control side of `config_files`."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """Return the module's result; fail when the host no longer lets a new login in."""
        super().run(tmp, task_vars)
        files = [self.rendered(file, task_vars or {}) for file in self._task.args.get("files", [])]
        result: Result = self._execute_module(module_args={**self._task.args, "files": files}, task_vars=task_vars)
        if result.get("armed") and not result.get("failed") and not self._task.check_mode:
            self.confirm(str(self._task.args["guard"]["name"]), task_vars or {})
        return result

    def rendered(self, file: Result, variables: Result) -> Result:
        """Return an entry of `files` with the text of its template as `content`, if it names one that is wanted."""
        if "template" not in file:
            return file
        entry = {key: value for key, value in file.items() if key != "template"}
        if file.get("state") == "absent":
            return entry
        path = self._find_needle("templates", str(file["template"]))
        return {**entry, "content": render(path, variables, {}, templar=self._templar, loader=self._loader)}

    def confirm(self, switch: str, task_vars: Result) -> None:
        """Disarm in a new login: by an ssh process of its own, which tells within seconds and shares no connection.

        Raises:
            AnsibleActionFail: no login, or the host restored itself before it.
        """
        login = self.fresh_login(task_vars)
        command = f"{DEADMAN} confirm {switch}"
        if login.become:
            command = login.become.build_become_command(command, login._shell)
        began = time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                code, said, complaint = login.exec_command(command)
            except AnsibleConnectionFailure as error:
                if attempt == ATTEMPTS or time.monotonic() - began > PATIENCE_S:
                    raise shut_out(switch, error) from error
                time.sleep(PAUSE_S * attempt)
            else:
                break
        if code != 0:
            why = (said or complaint).decode(errors="replace").strip()
            raise AnsibleActionFail(f"the change to {switch} is not confirmed: {why}")

    def fresh_login(self, task_vars: Result) -> ConnectionBase:
        """Return Ansible's own ssh connection to the host (by its full name: mitogen redirects the short one)."""
        login = connection_loader.get("ansible.builtin.ssh", self._play_context)
        known = constants.config.get_plugin_vars("connection", "ssh")
        given = {name: self._templar.template(task_vars[name]) for name in known if name in task_vars}
        login.set_options(var_options=given)
        login.set_option("ssh_args", f"{UNSHARED} {login.get_option('ssh_args')}")
        login.set_option("timeout", LOGIN_TIMEOUT_S)
        login.set_become_plugin(self._connection.become)
        return login


def shut_out(switch: str, error: AnsibleError) -> AnsibleActionFail:
    """Return the failure of a change after which nobody can log in."""
    return AnsibleActionFail(
        f"the new configuration of {switch} lets no new login in. The host puts the previous one back by itself "
        "(deadman_timeout_seconds after the change). Wait, correct the inputs, run again. "
        f"What ssh said: {' '.join(str(error).split())}"
    )
