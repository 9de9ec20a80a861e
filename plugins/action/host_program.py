"""Action of `host_program`: pack the program here, compare hashes, so that a host that has it costs one question."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release import host_program
from ansible_collections.slipway.kit.plugins.plugin_utils.file_action import FileAction

Result = dict[str, object]
MODE = "0644"


class ActionModule(FileAction):
    """Write the program where it is not this one; see plugins/modules/host_program.py."""

    _supports_check_mode = True
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> Result:
        """Return whether it was written, and both hashes."""
        super().run(tmp, task_vars)
        variables, content, dest = task_vars or {}, host_program.packed(), str(host_program.PATH)
        wanted = hashlib.sha256(content).hexdigest()
        there = self.stat(dest, variables)
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
            inputs: Result = {"src": local.name, "dest": dest, "mode": MODE, "owner": "root", "group": "root"}
            return self.put(inputs, variables)
