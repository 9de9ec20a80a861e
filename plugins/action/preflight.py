"""Action `preflight`: refuse what would fail later, everything at once, before anything is touched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

from ansible_collections.slipway.kit.plugins.module_utils.hostreport.sources import addresses_of
from ansible_collections.slipway.kit.plugins.plugin_utils import lockout
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report, worst
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT, project_of, source_of
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import (
    apps,
    builds,
    connection,
    host,
    names,
    others,
    variables,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.ansible_names import ansible_names
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.inventory import (
    Declared,
    declared_in,
    file_faults,
    places,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.values import faults as faults_of_values
from ansible_collections.slipway.kit.plugins.plugin_utils.project import project_id
from ansible_collections.slipway.kit.plugins.plugin_utils.secret_text import (
    run_as_templates,
    template_fault,
    text_fault,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.build import local_engine
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of

Vars = Mapping[str, Any]  # what Ansible hands over; checked before use
ERROR = 2
UNSET = "group_vars/all/main.yml of the inventory"
LOCKING = {name for names_of_role in lockout.INPUTS.values() for name in names_of_role}
JUDGED_APART = {"slipway_apps", "slipway_secrets"}


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible is untyped
    """Gathers what the checks judge; the checks themselves are in module_utils/preflight."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS: ClassVar[frozenset[str]] = frozenset({"roles"})

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> dict[str, object]:
        """Return `failed` with the report as `msg` when there is an error among the findings."""
        super().run(tmp, task_vars)
        given = dict(task_vars or {})
        self._environment = environment_of(given)
        found = declared_in(self._task.get_variable_manager(), self._loader)
        self._place = places(found, given, UNSET)
        place = self._place("slipway_apps")
        declared: object = []
        try:
            declared = self._value("slipway_apps", given)
            known, findings = apps.complete_or_findings(declared, place)
        except AnsibleError as error:
            known, findings = [], [_undefined("slipway_apps", error, place)]
        self._of_app = apps.place_in(declared, place)
        self._declared = _names(declared)
        if given["inventory_hostname"] == given["ansible_play_hosts_all"][0]:
            findings += file_faults(self._task.get_variable_manager(), self._loader)
            findings += self._judge_variables(found, given)
            findings += self._judge_secrets(known, given, _names(declared) - _names(known))
            findings += self._judge_builds(known, given)
            findings += apps.on_one_host_only(known, len(given["ansible_play_hosts_all"]), self._of_app)
            timeout_s = self._inputs(given, {apps.BODY_TIMEOUT}).get(apps.BODY_TIMEOUT)
            findings += apps.slow_bodies(known, timeout_s, self._of_app)
        findings += [finding for finding in self._judge_host(known, given, found) if finding not in findings]
        return self._result(findings, given["inventory_hostname"])

    def _judge_variables(self, found: list[Declared], given: Vars) -> list[Finding]:
        specs = variables.read_specs(ROOT / "roles")
        findings: list[Finding] = variables.strangers(found, specs, ansible_names())
        for role, options in specs.items():
            values = {}
            for name in sorted((options.keys() & given.keys()) - JUDGED_APART):
                try:
                    values[name] = self._value(name, given)
                except AnsibleError as error:
                    findings.append(_undefined(name, error, self._place(name)))
            required = role in self._task.args["roles"]
            checked = {key: one for key, one in options.items() if key in values or (required and key not in given)}
            findings += variables.faults(role, checked, values, self._place)
            findings += faults_of_values(values, self._place)
        return findings

    def _judge_secrets(self, known: list[apps.App], given: Vars, unsound: set[str]) -> list[Finding]:
        place = self._place("slipway_secrets")
        raw = given.get("slipway_secrets") or {}
        if not isinstance(raw, Mapping):
            return list(apps.secret_faults(known, raw, place))
        if run := run_as_templates(given):
            # Templating them would run them, and print parts of them where that fails.
            return [Finding("BAD_SECRETS", template_fault(name), self._place(name), "write it so") for name in run]
        findings, secrets = [], dict(raw)
        for app, named in raw.items():
            secrets[app] = dict(named) if isinstance(named, Mapping) else {}
            for name, value in secrets[app].items():
                try:
                    secrets[app][name] = self._templar.template(value)
                except AnsibleError as error:
                    findings.append(_undefined(f"slipway_secrets.{app}.{name}", error, place))
                    continue
                if secrets[app][name] is not None and (
                    fault := text_fault(f"slipway_secrets.{app}.{name}", secrets[app][name])
                ):
                    findings.append(Finding("BAD_SECRETS", fault, place_of(name) or place, "correct it there"))
        return findings + apps.secret_faults(known, secrets, place, unsound)

    def _judge_builds(self, known: list[apps.App], given: Vars) -> list[Finding]:
        """Look on this machine for what the images are built from, where they are not given ready-made."""
        try:
            given_images = self._value("app_images", given)
            source = str(self._value("app_source_dir", given) or "")
        except AnsibleError:
            return []  # _judge_variables says so
        images = given_images if isinstance(given_images, Mapping) else {}
        built = [app for app in known if builds.builds_any(app) and app["name"] not in images]
        project = Path(source) if source else project_of(given)
        return [
            *builds.missing(built, lambda app: Path(source) if source else source_of(app, project), self._of_app),
            *builds.builder(local_engine(), built),
        ]

    def _judge_host(self, known: list[apps.App], given: Vars, found: list[Declared]) -> list[Finding]:
        name, set_at = given["inventory_hostname"], {one.key: self._place(one.key) for one in found}
        target = connection.Target.of(given, self._templar.template)
        inputs = self._inputs(given, LOCKING)
        settings = inputs.get("baseline_sysctl")
        lookups = [
            names.Lookup(str(domain), str(app["name"]), str(app["exposure"]), tuple(addresses_of(str(domain))))
            for app in known
            for domain in apps.domains(app)
        ]
        asked_at = time.time()
        try:
            answer = self._execute_module(
                module_name="slipway.kit.host_report",
                module_args={
                    "topics": ["system", "network", "sockets", "login", "takeover", "register"],
                    "sysctl": list(settings) if isinstance(settings, dict) else [],
                    "resolve": [one.name for one in lookups if not one.here and one.exposure in names.COMPARED],
                },
                task_vars=given,
            )
        except AnsibleError as error:
            return [connection.explain(str(error), target)]
        answered_at = time.time()
        if "report" not in answer:
            complaint = " ".join(str(answer.get(key, "")) for key in ("module_stderr", "module_stdout", "msg"))
            return [connection.explain(complaint, target)]
        told = answer["report"]
        system, network = told["system"], told["network"]
        own = set(network["addresses"]) | set(addresses_of(target.address))
        complete = [
            names.Lookup(one.name, one.app, one.exposure, one.here, tuple(answer["resolved"].get(one.name, ())))
            for one in lookups
        ]
        return [
            *host.rights(name, system),
            *host.distribution(name, system),
            *host.room(name, system),
            *host.limits(name, system, known, self._of_app),
            *host.clock(name, system, asked_at, answered_at),
            *host.web_ports(name, network, told["sockets"], (str(app["exposure"]) for app in known)),
            *names.wrong_names(name, complete, own, self._of_app),
            *others.of_others(
                told["register"], known, self._declared, self._project(given), self._of_app, adopt=self._adopts(given)
            ),
            *lockout.lockouts(
                inputs,
                lockout.Host(name, told["login"], network, answer["unknown_sysctl"], set_at, told["takeover"]),
            ),
        ]

    def _project(self, given: Vars) -> str:
        try:
            named = self._value("slipway_project", given)
        except AnsibleError:
            named = ""  # _judge_variables says so
        return project_id({**given, "slipway_project": named})

    def _adopts(self, given: Vars) -> bool:
        return str(given.get("app_adopt") or "").lower() in ("true", "yes", "on", "1")

    def _inputs(self, given: Vars, wanted: set[str]) -> dict[str, object]:
        """Return the effective values of some inputs of roles: the inventory's, else the role's default."""
        specs = variables.read_specs(ROOT / "roles")
        found: dict[str, object] = {}
        for options in specs.values():
            for name in options.keys() & wanted:
                default = options[name].get("default")
                try:
                    found[name] = self._templar.template(
                        given.get(name, trust_as_template(default) if isinstance(default, str) else default)
                    )
                except AnsibleError:
                    continue  # _judge_variables says so
        return found

    def _result(self, findings: list[Finding], name: str) -> dict[str, object]:
        """Print the report as text: a result would be shown as YAML, twice."""
        if not findings:
            return {"changed": False}
        refused = worst(findings) == ERROR
        title = f"{name} is not ready; nothing was touched." if refused else f"{name} is ready, with a word of caution."
        self._display.display(
            f"\n{title}\n\n{report(findings, self._environment)}\n", color="red" if refused else "yellow"
        )
        if refused:
            return {"failed": True, "changed": False, "msg": f"{title} See above."}
        return {"changed": False, "findings": [finding.as_dict() for finding in findings]}

    def _value(self, name: str, given: Vars) -> object:
        return self._templar.template(given.get(name))


def _names(listed: object) -> set[str]:
    """Return the names of the apps in a list."""
    return {str(app.get("name")) for app in listed if isinstance(app, Mapping)} if isinstance(listed, list) else set()


def _undefined(name: str, error: AnsibleError, place: str) -> Finding:
    what = f"`{name}` refers to a variable that is not defined: {' '.join(str(error).split())}"
    return Finding("UNDEFINED", what, place, "define it; secrets: ansible-vault edit .../group_vars/all/vault.yml")
