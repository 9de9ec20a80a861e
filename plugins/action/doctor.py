"""Action `doctor`: is this host well, by its own report and seen from outside?"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import dns.exception
import dns.resolver
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.module_utils.doctor import apps as app_checks
from ansible_collections.slipway.kit.plugins.module_utils.doctor import judge
from ansible_collections.slipway.kit.plugins.module_utils.hostreport.sources import addresses_of
from ansible_collections.slipway.kit.plugins.module_utils.visit.sites import judge_redirect, judge_secure, sites_of
from ansible_collections.slipway.kit.plugins.plugin_utils.doctor import zone
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import connection, names
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import host as host_checks
from ansible_collections.slipway.kit.plugins.plugin_utils.verify import checks, ports, visits

Vars = Mapping[str, Any]  # what Ansible hands over
TOPICS = ["system", "network", "sockets", "published", "releases", "certificates", "containers"]
TOPICS += ["copies", "firewall", "guards", "leases", "upkeep"]
VISIBLE = {"public", "lan"}
DNS_TIMEOUT_S = 3


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible is untyped
    """Gathers; the checks are in module_utils/doctor, module_utils/visit and plugin_utils/verify."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS: ClassVar[frozenset[str]] = frozenset(
        {"apps", "trust_root", "openings", "acme_directory", "live_restore", "folder"}
    )

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> dict[str, object]:
        """Write the findings of this host and return them."""
        super().run(tmp, task_vars)
        given = dict(task_vars or {})
        host = str(given["inventory_hostname"])
        found = [finding.as_dict() for finding in self._examine(host, given)]
        Path(self._task.args["folder"], f"{host}.json").write_text(json.dumps(found), encoding="utf-8")
        return {"changed": False, "findings": found}

    def _examine(self, host: str, given: Vars) -> list[Finding]:
        apps = self._task.args["apps"]
        target = connection.Target.of(given, self._templar.template)
        lookups = [
            names.Lookup(name, app["name"], app["exposure"], tuple(addresses_of(name)))
            for app in apps
            for name in app["names"]
        ]
        unknown = [one.name for one in lookups if not one.here and one.exposure in names.COMPARED]
        limited = [app["data_dir"] for app in apps if app["data_limit_mib"]]
        asked_at = time.time()
        try:
            told = self._execute_module(
                module_name="slipway.kit.host_report",
                module_args={"topics": TOPICS, "resolve": unknown, "measure": limited},
                task_vars=given,
            )
        except AnsibleError as error:
            return [connection.explain(str(error), target)]
        if "report" not in told:
            complaint = " ".join(str(told.get(key, "")) for key in ("module_stderr", "module_stdout", "msg"))
            return [connection.explain(complaint, target)]
        report = told["report"]
        own = set(report["network"]["addresses"]) | set(addresses_of(target.address))
        complete = [
            names.Lookup(one.name, one.app, one.exposure, one.here, tuple(told["resolved"].get(one.name, ())))
            for one in lookups
        ]
        return [
            *judge.judge(host, report, [app["name"] for app in apps], self._declared(target.port), self._allowed()),
            *app_checks.data(host, apps, told["measured"]),
            *host_checks.clock(host, report["system"], asked_at, time.time()),
            *names.wrong_names(host, complete, own, lambda *_: "slipway_apps"),
            *self._judge_zones(apps),
            *self._judge_outside(target, report, told["local_root"]),
        ]

    def _allowed(self) -> set[str]:
        """Return the settings of the engine that the operator turned off in the inventory."""
        return set() if boolean(self._task.args.get("live_restore", True)) else {"live-restore"}

    def _declared(self, ssh: int) -> set[tuple[str, int]]:
        declared = {("tcp", ssh)}
        for opening in self._task.args.get("openings") or []:
            declared.add((str(opening.get("protocol", "tcp")), int(opening["port"])))
        if any(app["exposure"] in VISIBLE for app in self._task.args["apps"]):
            declared |= {("tcp", 80), ("tcp", 443), ("udp", 443)}
        return declared

    def _judge_outside(self, target: connection.Target, report: Vars, local_root: str) -> list[Finding]:
        seen = [app for app in self._task.args["apps"] if app["exposure"] in VISIBLE]
        sites = sites_of(target.name, seen, report)
        found: list[Finding] = []
        root = self._task.args.get("trust_root") or ""
        for site, secure, plain in visits.visit_all(sites, target.address, root, local_root, patient=False):
            found += [*judge_secure(site, secure), *judge_redirect(site, plain)]
        holders = ports.candidates(report["sockets"]["listeners"], report["published"]["ports"])
        allowed = {port for protocol, port in self._declared(target.port) if protocol == "tcp"}
        answering = ports.answering(target.address, holders.keys() - allowed)
        return [*found, *checks.judge_ports(target.name, answering, allowed, holders)]

    def _judge_zones(self, apps: list[Vars]) -> list[Finding]:
        issuer = zone.issuer_of(str(self._task.args.get("acme_directory") or ""))
        found: list[Finding] = []
        for app in apps if issuer else []:
            for name in app["names"] if app["exposure"] == "public" else []:
                place, records = zone.relevant(name, caa)
                found += zone.refusals(name, issuer, place, records)
        return found


def caa(name: str) -> list[zone.Caa]:
    """Return the CAA records of a name as this machine's resolver knows them, none where it does not answer."""
    try:
        answer = dns.resolver.resolve(name, "CAA", lifetime=DNS_TIMEOUT_S)
    except (dns.exception.DNSException, OSError):
        return []
    return [zone.Caa(record.flags, record.tag.decode(), record.value.decode()) for record in answer]
