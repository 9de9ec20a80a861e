"""Action of `host_program`: pack the program here, compare hashes, so that a host that has it costs one question."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.module_utils.release import host_program

Result = dict[str, object]
MODE = "0644"


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """Write the program where it is not this one; see plugins/modules/host_program.py."""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> Result:
        """Return whether it was written, and both hashes."""
        super().run(tmp, task_vars)
        variables, content, dest = task_vars or {}, host_program.packed(), str(host_program.PATH)
        wanted = hashlib.sha256(content).hexdigest()
        asked = {"path": dest, "checksum_algorithm": "sha256", "follow": False, "get_mime": False}
        answer = self._execute_module("ansible.legacy.stat", asked, task_vars=variables)
        if answer.get("failed"):
            raise AnsibleActionFail(f"{dest} can't be looked at: {answer.get('msg')}")
        there = answer["stat"]
        before = str(there.get("checksum", "absent"))
        if (before, there.get("mode"), there.get("uid"), there.get("gid")) == (wanted, MODE, 0, 0):
            return {"changed": False, "sha256": wanted}
        folder = {"path": str(host_program.PATH.parent), "state": "directory", "mode": "0755", "owner": "root"}
        made = self._execute_module("ansible.legacy.file", folder, task_vars=variables)
        if made.get("failed"):
            return dict(made)
        done = self._copied(content, dest, variables)
        if done.get("failed"):
            return done
        diff = {"before_header": dest, "after_header": dest, "before": f"{before}\n", "after": f"{wanted}\n"}
        return {"changed": True, "sha256": wanted, "diff": diff}

    def _copied(self, content: bytes, dest: str, variables: dict[str, object]) -> Result:
        """Put it in place atomically, by Ansible's own `copy`."""
        with tempfile.NamedTemporaryFile() as local:
            Path(local.name).write_bytes(content)
            task = self._task.copy()
            task.args = {"src": local.name, "dest": dest, "mode": MODE, "owner": "root", "group": "root"}
            copy = self._shared_loader_obj.action_loader.get(
                "ansible.legacy.copy",
                task=task,
                connection=self._connection,
                play_context=self._play_context,
                loader=self._loader,
                templar=self._templar,
                shared_loader_obj=self._shared_loader_obj,
            )
            done: Result = copy.run(task_vars=variables)
        return done
