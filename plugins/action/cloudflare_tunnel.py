"""Action of `cloudflare_tunnel`: talks to Cloudflare from the control machine and keeps the secret in the vault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.slipway.kit.plugins.plugin_utils.cloudflare import (
    CloudflareError,
    Secret,
    Transport,
    Wanted,
    bring_up,
    take_down,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import environment_of, spelled
from ansible_collections.slipway.kit.plugins.plugin_utils.vault_file import Cipher, VaultFileError, entries, put_entry

Result = dict[str, object]
INPUTS = {
    "name": {"type": "str", "required": True},
    "zone": {"type": "str", "required": True},
    "domains": {"type": "list", "elements": "str", "required": True},
    "allowed": {"type": "list", "elements": "str", "default": []},
    "api_token": {"type": "str", "required": True, "no_log": True},
    "api_url": {"type": "str", "required": True},
    "vault_file": {"type": "path", "required": True},
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
CREDENTIALS, ACCESS = "vault_cloudflared_credentials", "vault_cloudflared_access"


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """Make or remove the tunnel; see plugins/modules/cloudflare_tunnel.py for the inputs."""

    _VALID_ARGS = frozenset(INPUTS)

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> Result:
        """Return changed, what was done in sentences, and the tunnel's id; never a secret."""
        super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(INPUTS)
        wanted = Wanted(args["name"], args["zone"], args["domains"], args["allowed"], args["force"])
        check = bool(self._task.check_mode)
        vault = Path(args["vault_file"])
        # The loader holds the vault's password however it was given; there is no public way to it.
        cipher = cast(Cipher, self._loader._vault)
        try:
            entries(vault, cipher)  # a vault that can't take the secret stops it before there is one
            transport = Transport(Secret(args["api_token"]), args["api_url"], say=Display().display)
            outcome = (bring_up if args["state"] == "present" else take_down)(transport, wanted, check=check)
            if not check:
                host = str((task_vars or {})["inventory_hostname"])
                for key, part in ((CREDENTIALS, outcome.credentials), (ACCESS, outcome.access)):
                    if _keep(vault, cipher, key, host, part.document() if part else None):
                        outcome.done.append(f"changed {key} in {vault}")
        except (CloudflareError, VaultFileError) as error:
            raise AnsibleActionFail(spelled(str(error), environment_of(task_vars or {}))) from None
        return {"changed": bool(outcome.done), "done": outcome.done, "tunnel_id": outcome.tunnel_id}


def _keep(vault: Path, cipher: Cipher, key: str, host: str, part: Mapping[str, str] | None) -> bool:
    """Keep a part under the host's name, so that one vault serves several tunnels; say whether that took a change.

    What is no longer there is kept as nothing: a run that has read the vault before reads that it is gone.
    """
    before = entries(vault, cipher).get(key)
    kept = {name: one for name, one in cast("dict[str, object]", before or {}).items() if name != host}
    if part:
        kept[host] = part
    return put_entry(vault, key, kept if kept or before is not None else None, cipher)
