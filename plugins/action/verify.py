"""Action `verify`: ask from outside, as a visitor would."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.module_utils.doctor import walls
from ansible_collections.slipway.kit.plugins.module_utils.visit.sites import (
    Site,
    judge_redirect,
    judge_secure,
    sites_of,
)
from ansible_collections.slipway.kit.plugins.module_utils.visit.web import Answer
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report, worst
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import connection
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of
from ansible_collections.slipway.kit.plugins.plugin_utils.verify import checks, ports, visits

Vars = Mapping[str, Any]  # what Ansible hands over
ERROR = 2
WEB_PORTS = (80, 443)
VISIBLE = {"public", "lan"}


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible is untyped
    """Probes; the judging is in module_utils/verify."""

    _supports_check_mode = True
    _VALID_ARGS: ClassVar[frozenset[str]] = frozenset({"apps", "trust_root", "open_ports"})

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> dict[str, object]:
        """Return `findings`, and `failed` when one of them is an error."""
        super().run(tmp, task_vars)
        given = dict(task_vars or {})
        self._environment = environment_of(given)
        host, apps = given["inventory_hostname"], self._task.args["apps"]
        hidden = [name for app in apps if app["exposure"] not in VISIBLE for name in app["names"]]
        told = self._execute_module(
            module_name="slipway.kit.host_report",
            module_args={"topics": ["sockets", "published", "releases", "certificates", "firewall"], "visit": hidden},
            task_vars=given,
        )
        if "report" not in told:
            raise AnsibleActionFail(str(told.get("msg", told)))
        sites = sites_of(host, apps, told["report"])
        target = connection.Target.of(given, self._templar.template)
        answers = visits.visit_all(sites, target.address, self._task.args.get("trust_root") or "", told["local_root"])
        findings = [finding for answer in answers for finding in _judge(answer)]
        findings += _judge_inside(sites, told["visits"])
        findings += self._judge_ports(target, told["report"])
        findings += _judge_walls(host, told["report"])
        return self._result(host, findings, answers)

    def _judge_ports(self, target: connection.Target, told: Vars) -> list[Finding]:
        holders = ports.candidates(told["sockets"]["listeners"], told["published"]["ports"])
        allowed = {target.port, *map(int, self._task.args.get("open_ports") or [])}
        if any(app["exposure"] in VISIBLE for app in self._task.args["apps"]):
            allowed.update(WEB_PORTS)
        answering = ports.answering(target.address, holders.keys() - allowed)
        found: list[Finding] = checks.judge_ports(target.name, answering, allowed, holders)
        return found

    def _result(self, host: str, findings: list[Finding], answers: visits.Visits) -> dict[str, object]:
        lines = [summary(*answer) for answer in answers if answer[0].exposure in VISIBLE]
        if lines:
            self._display.display("\n".join(lines), color="green")
        if findings:
            listed = report(findings, self._environment)
            self._display.display(f"\n{host}, seen from outside:\n\n{listed}\n", color="red")
        result: dict[str, object] = {"changed": False, "findings": [finding.as_dict() for finding in findings]}
        if worst(findings) == ERROR:
            return {"failed": True, "changed": False, "msg": f"{host} does not serve what it should. See above."}
        return result


def summary(site: Site, secure: Answer, _plain: Answer) -> str:
    """Return what a visitor got, in lines that fit a terminal."""
    if secure.trouble:
        return f"  https://{site.name}/  {secure.trouble}"
    until = time.strftime("%Y-%m-%d", time.gmtime(secure.expires))
    shown = secure.release or "unknown"
    return f"  https://{site.name}/  {secure.status}  release {shown}\n    certificate by {secure.issuer} until {until}"


def _judge(visit: tuple[Site, Answer, Answer]) -> list[Finding]:
    site, secure, plain = visit
    if site.exposure in VISIBLE:
        return [*judge_secure(site, secure), *judge_redirect(site, plain)]
    found: list[Finding] = checks.judge_hidden(site, secure)
    return found


def _judge_walls(host: str, told: Vars) -> list[Finding]:
    """Return how the firewall was changed and what that opens; nothing where the kit has set up none."""
    rules = told["firewall"]
    if not rules["declared"]:
        return []
    return [*walls.firewall(host, rules), *walls.exposed(host, rules, told["published"]["attached"])]


def _judge_inside(sites: list[Site], answers: Vars) -> list[Finding]:
    return [
        finding
        for site in sites
        if site.name in answers
        for finding in judge_secure(site, Answer(**answers[site.name]))
    ]
