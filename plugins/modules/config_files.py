#!/usr/bin/python
"""Ansible module: a set of configuration files in one round trip."""

from __future__ import annotations

DOCUMENTATION = r"""
module: config_files
short_description: Write a set of configuration files in one round trip
description:
  - Compares all files first, has each changed one checked by the program that reads it, then writes them.
  - Files belong to root. Missing parent directories are made, mode 0755.
options:
  files:
    description: The files.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Absolute path on the host., type: path, required: true}
      content: {description: The complete text., type: str, default: ""}
      template: {description: Template of the role that makes the text., type: str}
      mode: {description: Permission bits in octal., type: str, default: "0644"}
      state: {description: Whether the file is there., type: str, choices: [present, absent], default: present}
      validate:
        description: Command that accepts (exit code 0) or refuses the candidate, whose path replaces C(%s).
          Not run where its program is not installed yet.
        type: list
        elements: str
        default: []
  activate:
    description: Commands to run, in order, after any of the files changed. A run that is killed in between, or whose
      command fails, is made good by the next one; a handler would be lost.
    type: list
    elements: list
    default: []
  guard:
    description: Names the dead-man switch around the change (role deadman). The host puts the previous files back
      unless a login made after the change confirms it; the action plugin makes that login.
    type: dict
    suboptions:
      name: {description: Name of the switch., type: str, required: true}
      reload: {description: Command that puts the files to use., type: list, elements: str, required: true}
attributes:
  check_mode: {support: full}
  diff_mode: {support: full}
  idempotent: {support: full}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: configure | Bound the journal
  slipway.kit.config_files:
    files:
      - path: /etc/systemd/journald.conf.d/slipway.conf
        template: journald.conf.j2
    activate:
      - [systemctl, restart, systemd-journald.service]
"""

RETURN = r"""
paths: {description: Files that changed., type: list, elements: str, returned: always}
armed: {description: Whether a change waits for a fresh login., type: bool, returned: with guard}
"""

from pathlib import Path  # noqa: E402 - Ansible wants the documentation first
from typing import Any  # noqa: E402

from ansible.module_utils.basic import AnsibleModule  # noqa: E402

from ansible_collections.slipway.kit.plugins.module_utils.config_files.activation import Activation  # noqa: E402
from ansible_collections.slipway.kit.plugins.module_utils.config_files.files import ConfigFile, RefusedError  # noqa: E402
from ansible_collections.slipway.kit.plugins.module_utils.config_files.guard import Guard  # noqa: E402

FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "default": ""},
    "mode": {"type": "str", "default": "0644"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "validate": {"type": "list", "elements": "str", "default": []},
}
GUARD = {
    "name": {"type": "str", "required": True},
    "reload": {"type": "list", "elements": "str", "required": True},
}


def parse(entry: dict[str, Any]) -> ConfigFile:
    """Return the file that an entry of `files` describes."""
    return ConfigFile(
        path=Path(entry["path"]),
        content=entry["content"],
        mode=int(entry["mode"], 8),
        absent=entry["state"] == "absent",
        validate=tuple(entry["validate"]),
    )


def main() -> None:
    """Compare, check, write; in check mode only compare and check."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "required": True, "options": FILE},
            "activate": {"type": "list", "elements": "list", "default": []},
            "guard": {"type": "dict", "options": GUARD},
        },
        supports_check_mode=True,
    )
    wanted = module.params["guard"]
    guard = Guard(wanted["name"], tuple(wanted["reload"])) if wanted else None
    step = guard or Activation(tuple(module.params["activate"]))
    pending = step.is_pending()  # first: it waits for a host that is putting files back
    changes = [file for file in map(parse, module.params["files"]) if not file.is_as_wanted()]
    diff = [file.difference() for file in changes]
    changed = bool(changes) or pending
    try:
        for file in changes:
            file.check()
        if changed and not module.check_mode:
            step.apply(changes)
    except (RefusedError, OSError) as error:
        module.fail_json(msg=str(error))
    armed = {"armed": guard.is_pending()} if guard else {}
    module.exit_json(changed=changed, paths=[str(file.path) for file in changes], diff=diff, **armed)


if __name__ == "__main__":
    main()
