"""Module `unit_current`: the thin end; the logic is in module_utils/unit_current."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.slipway.kit.plugins.module_utils.unit_current import act
from ansible_collections.slipway.kit.plugins.module_utils.unit_current import facts as _facts  # noqa: F401 - mitogen ships what a module names
from ansible_collections.slipway.kit.plugins.module_utils.unit_current import plan as _plan  # noqa: F401 - likewise

DOCUMENTATION = r"""
module: unit_current
short_description: Make sure that a service runs what is installed now
description:
  - Restarts a service that was started before its unit, its socket's unit or one of its files was last replaced. Unlike
    a handler this is not lost when a play is interrupted between the change and the restart.
options:
  name: {type: str, required: true, description: The service, as C(caddy.service).}
  socket: {type: str, description: "The socket unit that activates it, if any."}
  files:
    type: list
    elements: path
    default: []
    description: Programs and files that the service reads only at its start.
  state:
    type: str
    choices: [started, current]
    default: started
    description: C(started) enables and starts it; C(current) only restarts it where it runs something old.
attributes:
  check_mode: {support: full, description: Says what would be done.}
  diff_mode: {support: none, description: There is no text to compare.}
  idempotent: {support: full, description: A service that runs what is installed is left alone.}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: run | Run what is installed
  slipway.kit.unit_current:
    name: caddy.service
    socket: caddy.socket
    files: [/usr/local/bin/caddy]
"""

RETURN = r"""
actions: {type: list, elements: str, returned: always, description: "What was done, in order."}
"""


def main() -> None:
    """Look, act, answer."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "socket": {"type": "str"},
            "files": {"type": "list", "elements": "path", "default": []},
            "state": {"type": "str", "choices": ["started", "current"], "default": "started"},
        },
        supports_check_mode=True,
    )
    try:
        actions = act.bring_up(
            module.params["name"],
            socket=module.params["socket"],
            files=module.params["files"],
            start=module.params["state"] == "started",
            check=module.check_mode,
        )
    except act.UnitError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(actions), actions=actions)


if __name__ == "__main__":
    main()
