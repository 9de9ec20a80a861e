"""Action of `cloudflare_tunnel`: talks to Cloudflare from the control machine and keeps the secret in the vault."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

# ansible-playbook doesn't start in the repository, where the kit's own package is.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from slipway.cloudflare import CloudflareError, Secret, Transport, Wanted, bring_up, take_down
from slipway.vault_file import Cipher, VaultFileError, entries, put_entry

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
VAULT_KEY = "vault_cloudflared_credentials"


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
            kept = dict(cast("dict[str, object]", entries(vault, cipher).get(VAULT_KEY) or {}))
            transport = Transport(Secret(args["api_token"]), args["api_url"], say=Display().display)
            outcome = (bring_up if args["state"] == "present" else take_down)(transport, wanted, check=check)
            # Each host's under its name, so that one vault serves several tunnels.
            kept.pop(str((task_vars or {})["inventory_hostname"]), None)
            if outcome.credentials:
                kept[str((task_vars or {})["inventory_hostname"])] = outcome.credentials.document()
            if not check and put_entry(vault, VAULT_KEY, kept or None, cipher):
                outcome.done.append(f"changed the credentials in {vault}")
        except (CloudflareError, VaultFileError) as error:
            raise AnsibleActionFail(str(error)) from None
        return {"changed": bool(outcome.done), "done": outcome.done, "tunnel_id": outcome.tunnel_id}
