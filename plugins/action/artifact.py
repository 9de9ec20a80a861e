"""Action of `artifact`: compare hashes first, so that a host that has the program costs one question."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import (
    Artifact,
    ArtifactError,
    architecture_of,
    fetch,
    load,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.file_action import FileAction
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of, spelled

Result = dict[str, object]


class ActionModule(FileAction):
    """Make `dest` the pinned program; see plugins/modules/artifact.py for the inputs."""

    _VALID_ARGS = frozenset({"name", "dest", "mode"})

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> Result:
        """Return changed, diff, and what was there before."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        _, args = self.validate_argument_spec(
            {
                "name": {"type": "str", "required": True},
                "dest": {"type": "path", "required": True},
                "mode": {"type": "str", "default": "0755"},
            }
        )
        try:
            artifact = load(args["name"], architecture_of(self._machine(variables)))
            return self._install(artifact, args["dest"], args["mode"], variables)
        except ArtifactError as error:
            raise AnsibleActionFail(spelled(str(error), environment_of(task_vars or {}))) from error

    def _machine(self, variables: dict[str, object]) -> str:
        facts = variables.get("ansible_facts")
        if isinstance(facts, dict) and "architecture" in facts:
            return str(facts["architecture"])
        return str(self._low_level_execute_command("uname -m")["stdout"]).strip()

    def _install(self, artifact: Artifact, dest: str, mode: str, variables: dict[str, object]) -> Result:
        there = self.stat(dest, variables)
        same_bytes = there.get("checksum") == artifact.sha256
        if same_bytes and (there["mode"], there["uid"], there["gid"]) == (mode, 0, 0):
            return {"changed": False, "dest": dest, "sha256": artifact.sha256, "version": artifact.version}
        inputs: dict[str, object] = {"mode": mode, "owner": "root", "group": "root"}
        if same_bytes:
            done = self._execute_module("ansible.legacy.file", {"path": dest, **inputs}, task_vars=variables)
        else:
            done = self.put({"src": str(fetch(artifact)), "dest": dest, **inputs}, variables)
        if done.get("failed"):
            return dict(done)
        before = str(there.get("checksum", "absent"))
        return {
            "changed": True,
            "dest": dest,
            "sha256": artifact.sha256,
            "version": artifact.version,
            "diff": {
                "before_header": dest,
                "after_header": f"{dest} ({artifact})",
                "before": f"SHA-256 {before}, mode {there.get('mode', 'none')}\n",
                "after": f"SHA-256 {artifact.sha256}, mode {mode}\n",
            },
        }
