"""Module `config_tree`: the thin end; the logic is in module_utils/config_tree."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.slipway.kit.plugins.module_utils.config_tree import change
from ansible_collections.slipway.kit.plugins.module_utils.config_tree import files as _files  # noqa: F401 - mitogen ships what a module names

DOCUMENTATION = r"""
module: config_tree
short_description: Write a set of configuration files that only make sense together
description:
  - Renders all templates on the control machine and compares them with the host in one round trip.
  - Where they differ, writes a staged copy, has it validated, replaces file by file atomically, then activates; where
    that fails, the host has its former files and the task fails with the program's words.
  - A marker is left while the change is on its way, so that the run after an interrupted one activates again.
options:
  dest: {type: path, required: true, description: Folder on the host.}
  templates:
    type: list
    elements: dict
    description: >-
      C(src) (path of a template) and C(dest) (below the folder); with C(each) (a list of mappings) one file per item,
      which the template knows by the name in C(as), and whose keys may stand in braces in C(dest).
  files: {type: dict, description: Set by the action; texts by path below the folder.}
  mode: {type: str, default: "0644", description: Mode of the files, four octal digits; they belong to root.}
  prune:
    type: list
    elements: str
    default: []
    description: Patterns below the folder; what matches and is not declared goes.
  beside:
    type: list
    elements: str
    default: []
    description: Patterns below the folder; what matches is somebody else's, is left alone, and is validated along.
  validate:
    type: list
    elements: str
    default: []
    description: "Command, run in the staged folder, whose path is C({tree})."
  activate:
    type: list
    elements: str
    default: []
    description: Command run after a change; it must fail where the change is refused.
attributes:
  check_mode: {support: full, description: Validates too, except on a host that has none of the files yet.}
  diff_mode: {support: full, description: One diff a file.}
  idempotent: {support: full, description: The same texts and modes change nothing, and nothing is activated.}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: configure | Write the Caddyfile and one site file per app
  slipway.kit.config_tree:
    dest: /etc/caddy
    templates:
      - {src: Caddyfile.j2, dest: Caddyfile}
      - {src: site.caddy.j2, dest: "sites/{name}.caddy", each: "{{ slipway_apps }}", as: app}
    prune: [sites/*.caddy]
    validate: [caddy, validate, --config, Caddyfile]
    activate: [systemctl, try-reload-or-restart, caddy.service]
"""

RETURN = r"""
files: {type: list, elements: str, returned: always, description: Paths that were written or removed.}
activated: {type: bool, returned: always, description: Whether the activating command ran.}
"""


def main() -> None:
    """Compare, change, answer."""
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "templates": {"type": "list", "elements": "dict"},
            "files": {"type": "dict", "required": True},
            "mode": {"type": "str", "default": "0644"},
            "prune": {"type": "list", "elements": "str", "default": []},
            "beside": {"type": "list", "elements": "str", "default": []},
            "validate": {"type": "list", "elements": "str", "default": []},
            "activate": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    asked = {key: value for key, value in module.params.items() if key != "templates"}
    try:
        outcome = change.bring_about(change.Tree(**{**asked, "mode": int(asked["mode"], 8)}), check=module.check_mode)
    except (change.RefusedError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=outcome.changed, files=outcome.files, activated=outcome.activated, diff=outcome.diff)


if __name__ == "__main__":
    main()
