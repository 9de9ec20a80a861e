"""Action plugin `release`: builds and ships the image from the control machine, the module does the rest."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT, project_of, source_of
from ansible_collections.slipway.kit.plugins.plugin_utils.multi_host import tolerated, verdict
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.apps import on_one_host_only
from ansible_collections.slipway.kit.plugins.plugin_utils.project import project_id
from ansible_collections.slipway.kit.plugins.plugin_utils.rendering import render
from ansible_collections.slipway.kit.plugins.plugin_utils.secret_text import (
    run_as_templates,
    template_fault,
    text_fault,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import (
    ImageRequest,
    ResolvedImage,
    pack_for,
    resolve,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.opening import Opening
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.owner import owner
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file, services_file
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.webhook import tell
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of, spelled

# Not /tmp: that is memory on Debian 13.
UPLOADS = "/var/tmp"  # noqa: S108 - the name is random, the content is verified by digest
ONE_MIB = 1024 * 1024

Table = dict[str, Any]  # what Ansible hands around; the module checks it against its argument spec


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """Runs module `release` with the image at hand, and lets several hosts act as one."""

    def run(self, tmp: str | None = None, task_vars: Table | None = None) -> Table:
        """Return the module's result.

        Arguments of its own: `source`, `images`, `base_image`, `webhook` (role app explains them),
        `review_secrets` (what is given to a review app by name; the host makes up the others), and with several hosts
        `hosts`, all of them, and `said`: what those that are reached answered to the phase before, by name.
        """
        super().run(tmp, task_vars)
        self._vars: Table = task_vars or {}
        environment = environment_of(self._vars)
        try:
            result = self._act()
        except ShippingError as error:
            raise AnsibleActionFail(spelled(str(error), environment)) from error
        return result | ({"msg": spelled(str(result["msg"]), environment)} if "msg" in result else {})

    def _act(self) -> Table:
        self._opening = Opening(lambda: self._connection.exec_command("true", sudoable=False))
        given = dict(self._task.args)
        # Of the module the same word means the images as they were found.
        self._named: Mapping[str, str] = given.pop("images", None) or {}
        webhook, hosts, said = str(given.pop("webhook", "") or ""), given.pop("hosts", []), given.pop("said", {})
        given.setdefault("owner", owner())
        named = self._templar.template(self._vars.get("slipway_project") or "")
        given.setdefault("project", project_id({**self._vars, "slipway_project": named}))
        given.setdefault("inventory", environment_of(self._vars))
        if given.get("phase", "all") not in ("all", "prepare"):
            result = self._next_phase(given, {host: said.get(host) for host in hosts})
        elif given.get("state", "live") == "live":
            result = self._deploy(given)
        else:
            result = self._module(given)
        if given.get("phase") == "prepare":
            result = tolerated(result)
        if webhook and result.get("audit"):
            result["webhook"] = tell(webhook, {"host": self._vars["inventory_hostname"], **dict(result["audit"])})
        return result

    def _low_level_execute_command(self, *args: Any, **kwargs: Any) -> Table:
        # A second connection beside the one under way would not share it.
        self._opening.wait()
        done: Table = super()._low_level_execute_command(*args, **kwargs)
        return done

    def _deploy(self, given: Table) -> Table:
        base, app = str(given.pop("base_image", "") or ""), given["app"]
        # Preflight says so of all apps at once, before anything is provisioned.
        if given.get("phase") == "prepare" and (found := on_one_host_only([app], 2, lambda *_: "slipway_apps")):
            raise AnsibleActionFail(f"{found[0].what}\nNext: {found[0].command}.")
        source = Path(str(given.pop("source", "") or source_of(app, project_of(self._vars))))
        review = given.pop("review_secrets", None)
        ready = {name: resolve(self._request(app, name, source, base)) for name in app["images"]}
        given |= {"images": {name: each.described() for name, each in ready.items()}, "compose": compose_file(app)}
        given["services"] = services_file(app)
        if review is None and given.get("front"):
            given["site"] = self._site(app)
        given |= self._secrets(app) if review is None else review_secrets(app, review)
        result = self._module(given)
        missing = result.get("layers_present")
        return self._send(ready, missing, given) if isinstance(missing, dict) else result

    def _site(self, app: Table) -> str:
        """Return the app's part of Caddy's configuration, as role caddy writes it."""
        template = str(ROOT / "caddy/site.caddy.j2")
        return render(template, self._vars, {"app": app}, templar=self._templar, loader=self._loader)

    def _request(self, app: Table, process: str, source: Path, base: str) -> ImageRequest:
        named = self._named.get(app["name"] if process == MAIN else f"{app['name']}/{process}", "")
        return ImageRequest(app, source, base, named, check_mode=self._task.check_mode, process=process)

    def _send(self, ready: Mapping[str, ResolvedImage], layers_present: Mapping[str, int], given: Table) -> Table:
        result = self._send_from(ready, layers_present, given)
        if any(layers_present.values()) and result.get("code") == "load":
            # The containerd image store, for one, wants every layer in the archive.
            whole = self._send_from(ready, dict.fromkeys(layers_present, 0), given)
            return whole | {"shipped": f"{whole['shipped']} (whole: the host refused layers alone)"}
        return result

    def _send_from(self, ready: Mapping[str, ResolvedImage], layers_present: Mapping[str, int], given: Table) -> Table:
        archives, size, sent, layers = {}, 0, 0, 0
        for name, present in layers_present.items():
            archives[name] = f"{UPLOADS}/slipway-{secrets.token_hex(16)}.tar.gz"
            with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
                packed = pack_for(ready[name], present, Path(folder) / "image.tar.gz")
                self._connection.put_file(str(packed.path), archives[name])
            size, sent, layers = size + packed.size, sent + packed.layers[0], layers + packed.layers[1]
        result = self._module(given | {"archives": archives})
        return result | {"shipped": f"{size / ONE_MIB:.1f} MiB, {sent} of {layers} layers"}

    def _next_phase(self, given: Table, peers: Mapping[str, object]) -> Table:
        own = peers.get(str(self._vars["inventory_hostname"]))
        lease = str(own.get("lease") or "") if isinstance(own, Mapping) else ""
        judged, last = verdict(peers), given["phase"] == "finish"
        if judged.go_on:
            result = self._module(given | {"lease": lease}) if lease else {"changed": False}
            return result if last else tolerated(result)
        back: Table = {"changed": False}
        if lease:
            back = self._module(given | {"lease": lease, "phase": "take_back", "failed_host": judged.failed_host})
        if not last:
            return back | {"refused": judged.why, "failed_host": judged.failed_host, "lease": ""}
        if judged.failed_host == self._vars["inventory_hostname"]:
            return back | {"failed": True, "msg": judged.why}
        return back | {"failed": True, "msg": f"Taken back, because {judged.failed_host} failed; see what it says."}

    def _secrets(self, app: Mapping[str, object]) -> Table:
        # Taken from the variables here, so that no task has them among its arguments.
        names, keeper = names_of(app), app["name"]
        if faults := [template_fault(name) for name in run_as_templates(self._vars)]:
            raise AnsibleActionFail("\n".join(faults))
        given = self._templar.template(self._vars.get("slipway_secrets") or {})
        values = given.get(keeper) or {} if isinstance(given, Mapping) else {}
        missing = [name for name in names if name not in values]
        if missing:
            raise AnsibleActionFail(
                f"slipway_secrets.{keeper}: no value for {', '.join(missing)}.\n"
                f"Next: add vault_{keeper}_{missing[0]} to the vault and name it in slipway_secrets."
            )
        faults = [fault for name in names if (fault := text_fault(f"slipway_secrets.{keeper}.{name}", values[name]))]
        if faults:
            raise AnsibleActionFail("\n".join(faults))
        return {"secrets": {name: str(values[name]) for name in names}}

    def _module(self, given: Table) -> Table:
        sent = {key: value for key, value in given.items() if key not in ("source", "base_image")}
        result: Table = self._execute_module(module_name="slipway.kit.release", module_args=sent, task_vars=self._vars)
        return result


def names_of(app: Mapping[str, object]) -> list[str]:
    """Return the names of an app's secrets."""
    wanted = app["all_secrets"]
    return [str(name) for name in wanted] if isinstance(wanted, list) else []


def review_secrets(app: Mapping[str, object], fixed: Mapping[str, object]) -> Table:
    """Return what the module is told of a review app's secrets: never a value of the app that it copies.

    Raises:
        AnsibleActionFail: a value is given to a name that is not among the app's secrets.
    """
    names = names_of(app)
    strange = [str(name) for name in fixed if name not in names]
    if strange:
        raise AnsibleActionFail(
            f"app_review_secrets: {app['name']} has no secret {', '.join(strange)};"
            f" it has {', '.join(names) or 'none'}.\n"
            "Next: correct the name there, or add it to `secrets` of the app."
        )
    return {
        "secrets": {str(name): str(value) for name, value in fixed.items()},
        "made_up": [name for name in names if name not in fixed],
    }
