"""Action plugin `release`: builds and ships the image from the control machine, the module does the rest."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.release.shipping.errors import ShippingError
from ansible.module_utils.release.shipping.order import Order, Ready, pack_for, wanted_image
from ansible.module_utils.release.shipping.owner import owner
from ansible.module_utils.release.shipping.template import compose_file
from ansible.plugins.action import ActionBase

ROOT = Path(__file__).resolve().parents[2]
# Not /tmp: that is memory on Debian 13.
UPLOADS = "/var/tmp"  # noqa: S108 - the name is random, the content is verified by digest
ONE_MIB = 1024 * 1024

Table = dict[str, object]


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """Runs module `release` with the image at hand."""

    def run(self, tmp: str | None = None, task_vars: Table | None = None) -> Table:
        """Return the module's result; the image is sent in between when the host lacks it."""
        super().run(tmp, task_vars)
        given = dict(self._task.args)
        source = Path(str(given.pop("source", "") or ROOT))
        images, base = given.pop("images", None) or {}, str(given.pop("base_image", "") or "")
        given.setdefault("owner", owner())
        if given.get("state", "live") != "live" or given.get("phase", "all") not in ("all", "prepare"):
            return self._module(given, task_vars)
        app = given["app"]
        try:
            order = Order(app, source, base, images.get(app["name"], ""), only_look=self._task.check_mode)
            ready = wanted_image(order)
            given |= {
                "image": ready.described(),
                "compose": compose_file(app),
                "secrets": self._secrets(app, task_vars),
            }
            result = self._module(given, task_vars)
            missing = result.get("layers_present")
            return result if missing is None else self._send(ready, int(str(missing)), given, task_vars)
        except ShippingError as error:
            raise AnsibleActionFail(str(error)) from error

    def _send(self, ready: Ready, layers_present: int, given: Table, task_vars: Table | None) -> Table:
        result = self._send_from(ready, layers_present, given, task_vars)
        if layers_present and result.get("code") == "docker":
            # The containerd image store, for one, wants every layer in the archive.
            whole = self._send_from(ready, 0, given, task_vars)
            return whole | {"shipped": f"{whole['shipped']} (whole: the host refused layers alone)"}
        return result

    def _send_from(self, ready: Ready, layers_present: int, given: Table, task_vars: Table | None) -> Table:
        target = f"{UPLOADS}/slipway-{secrets.token_hex(16)}.tar.gz"
        with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
            packed = pack_for(ready, layers_present, Path(folder) / "image.tar.gz")
            self._connection.put_file(str(packed.path), target)
        result = self._module(given | {"archive": target}, task_vars)
        sent, layers = packed.layers
        return result | {"shipped": f"{packed.size / ONE_MIB:.1f} MiB, {sent} of {layers} layers"}

    def _secrets(self, app: Mapping[str, object], task_vars: Table | None) -> dict[str, str]:
        # Taken from the variables here, so that no task has them among its arguments.
        wanted = app["secrets"]
        names = [str(name) for name in wanted] if isinstance(wanted, list) else []
        declared = (task_vars or {}).get("slipway_secrets") or {}
        given = self._templar.template(declared)
        values = given.get(app["name"]) or {} if isinstance(given, Mapping) else {}
        missing = [name for name in names if name not in values]
        if missing:
            raise AnsibleActionFail(
                f"slipway_secrets.{app['name']}: no value for {', '.join(missing)}.\n"
                f"Next: add vault_{app['name']}_{missing[0]} to the vault and name it in slipway_secrets."
            )
        return {name: str(values[name]) for name in names}

    def _module(self, given: Table, task_vars: Table | None) -> Table:
        result: Table = self._execute_module(module_name="release", module_args=given, task_vars=task_vars)
        return result
