"""What actions that put one file on a host share: the question what is there, and Ansible's own `copy`."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

Result = dict[str, object]


class FileAction(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """An action that compares a file's hash before it sends the file."""

    TRANSFERS_FILES = True

    def stat(self, path: str, variables: dict[str, object]) -> dict[str, object]:
        """Return what `ansible.builtin.stat` says of a path, with its SHA-256; no link is followed.

        Raises:
            AnsibleActionFail: it can't be looked at.
        """
        asked = {"path": path, "checksum_algorithm": "sha256", "follow": False, "get_mime": False}
        answer = self._execute_module("ansible.legacy.stat", asked, task_vars=variables)
        if answer.get("failed"):
            raise AnsibleActionFail(f"{path} can't be looked at: {answer.get('msg')}")
        there: dict[str, object] = answer["stat"]
        return there

    def put(self, inputs: dict[str, object], variables: dict[str, object]) -> Result:
        """Put a file in place atomically, by `ansible.builtin.copy` with its inputs."""
        task = self._task.copy()
        task.args = inputs
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
