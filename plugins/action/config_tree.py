"""Action of `config_tree`: render everything here, so that the host is asked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.plugin_utils.rendering import render

Result = dict[str, object]
FOR_THE_HOST = ("dest", "validate", "activate", "prune", "beside", "mode")


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """Render `templates` and hand the texts to the module; see plugins/modules/config_tree.py for the inputs."""

    _VALID_ARGS = frozenset({"templates", *FOR_THE_HOST})

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> Result:
        """Return what the module returns."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        files: dict[str, str] = {}
        for template in self._task.args.get("templates", []):
            files.update(self._rendered(template, variables))
        args = {key: self._task.args[key] for key in FOR_THE_HOST if key in self._task.args}
        done: Result = self._execute_module("slipway.kit.config_tree", {**args, "files": files}, task_vars=variables)
        return done

    def _rendered(self, template: Mapping[str, object], variables: dict[str, object]) -> Iterator[tuple[str, str]]:
        unknown = template.keys() - {"src", "dest", "each", "as"}
        if unknown or not {"src", "dest"} <= template.keys():
            raise AnsibleActionFail(
                f"config_tree: templates: src, dest, each and as are understood, this is {template}"
            )
        each = template.get("each", [{}])
        if not isinstance(each, list):
            raise AnsibleActionFail(f"config_tree: each: a list is wanted, this is {each!r}")
        if not each:
            return
        path = self._find_needle("templates", str(template["src"]))
        for item in each:
            names = {str(template["as"]): item} if "as" in template else {}
            text = render(path, variables, names, templar=self._templar, loader=self._loader)
            yield str(template["dest"]).format(**item), text
