"""Action `lockout`: refuse a role's inputs that would shut this very login out, before the role changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.plugin_utils import lockout
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.inventory import declared_in
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible is untyped
    """Reads inputs and host; the rules are in plugin_utils/lockout. See plugins/modules/lockout.py for the inputs."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS: ClassVar[frozenset[str]] = frozenset({"about"})

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, object]:
        """Return who is logged in as `login`; `failed` with the report printed where there is a finding."""
        super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(
            {"about": {"type": "str", "required": True, "choices": sorted(lockout.INPUTS)}}
        )
        about, given = str(args["about"]), dict(task_vars or {})
        self._environment = environment_of(given)
        values = {name: self._templar.template(given[name]) for name in lockout.INPUTS[about] if name in given}
        settings = values.get("baseline_sysctl")
        answer = self._execute_module(
            module_name="slipway.kit.host_report",
            module_args={
                "topics": list(lockout.TOPICS),
                "sysctl": list(settings) if isinstance(settings, dict) else [],
            },
            task_vars=given,
        )
        if "report" not in answer:
            return dict(answer)
        told = answer["report"]
        found = declared_in(self._task.get_variable_manager(), self._loader)
        name = str(given["inventory_hostname"])
        places = {one.key: one.place for one in found}
        host = lockout.Host(name, told["login"], told["network"], answer["unknown_sysctl"], places, told["takeover"])
        errors = [finding for finding in lockout.lockouts(values, host) if finding.severity == "error"]
        return self._result(about, host, errors)

    def _result(self, about: str, host: lockout.Host, findings: list[Finding]) -> dict[str, object]:
        """Print the report as text, as role preflight does: a result would be shown as YAML or JSON, twice."""
        if not findings:
            return {"changed": False, "login": dict(host.login), "takeover": dict(host.takeover)}
        title = f"Role {about} refuses its inputs for {host.name}. Nothing was changed."
        self._display.display(f"\n{title}\n\n{report(findings, self._environment)}\n", color="red")
        return {"failed": True, "changed": False, "msg": f"{title} See above."}
