"""Action `audit`: run the checkers against a host and leave what they say for `slipway audit ENV`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import Target

Vars = Mapping[str, Any]  # what Ansible hands over
VISIBLE = {"public", "lan"}
SSH_TIMEOUT_S = 120


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible is untyped
    """Gathers; the scoring is in module_utils/audit."""

    _supports_check_mode = True
    _VALID_ARGS: ClassVar[frozenset[str]] = frozenset({"apps", "trust_root", "folder"})

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> dict[str, object]:
        """Write the raw results of this host; ssh-audit runs here while the others run there."""
        super().run(tmp, task_vars)
        given = dict(task_vars or {})
        host = str(given["inventory_hostname"])
        target = Target.of(given, self._templar.template)
        with ThreadPoolExecutor(max_workers=1) as pool:
            ssh = pool.submit(ssh_audit, target.address, target.port)
            topics = {"topics": ["containers", "guards"]}
            told = self._checked("slipway.kit.host_report", topics, given)
            found = self._checked("slipway.kit.host_audit", {"sites": self._sites(), "roots": self._roots(told)}, given)
            raw = {
                "ssh": ssh.result(),
                "lynis": found["lynis"],
                "tls": found["tls"],
                "containers": inspections(told["report"]["containers"]),
                "engine": told["report"]["guards"]["engine"],
            }
        Path(self._task.args["folder"], f"{host}.json").write_text(json.dumps(raw), encoding="utf-8")
        return {"changed": False}

    def _checked(self, module: str, arguments: Vars, given: Vars) -> dict[str, Any]:
        answer: dict[str, Any] = self._execute_module(module_name=module, module_args=dict(arguments), task_vars=given)
        if answer.get("failed"):
            raise AnsibleActionFail(str(answer.get("msg", answer)))
        return answer

    def _sites(self) -> list[str]:
        return [app["domains"][0] for app in self._task.args["apps"] if app["exposure"] in VISIBLE]

    def _roots(self, told: Vars) -> str:
        file = self._task.args.get("trust_root")
        given = Path(file).read_text(encoding="ascii") if file else ""
        return given + str(told["local_root"])


def inspections(told: Vars) -> object:
    """Return the containers, or `{"failed": reason}` where the engine does not say which there are."""
    return told["containers"] if told["answers"] else {"failed": "the engine does not answer"}


def ssh_audit(address: str, port: int) -> object:
    """Return ssh-audit's JSON, or `{"failed": reason}`; its exit code counts findings and tells nothing."""
    program = Path(sys.executable).with_name("ssh-audit")
    try:
        done = subprocess.run(
            [str(program), "--json", "--skip-rate-test", "--port", str(port), address],
            check=False,
            capture_output=True,
            text=True,
            timeout=SSH_TIMEOUT_S,
        )
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"failed": f"ssh-audit said nothing that can be read: {done.stdout}{done.stderr}"}
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"failed": f"ssh-audit did not run: {error}"}
