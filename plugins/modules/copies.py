#!/usr/bin/python
"""Ansible module: the copies of a host's data."""

from __future__ import annotations

DOCUMENTATION = r"""
module: copies
short_description: Copy the apps' data off a host now, or list its copies
description:
  - Role C(backup) tells the host where they go.
attributes:
  check_mode: {support: full, description: A copy is not made.}
  diff_mode: {support: none}
  idempotent: {support: none, description: Each V(made) is another copy.}
options:
  state:
    description: V(made) makes a copy now and reads it back; V(listed) only reads.
    choices: [made, listed]
    required: true
    type: str
  app:
    description: With V(listed), whose; empty for all.
    default: ""
    type: str
author: Slipway (@slipway)
"""

EXAMPLES = r"""
- name: now | Copy the data off the host
  slipway.kit.copies:
    state: made
"""

RETURN = r"""
said: {description: What the run wrote., returned: with state made, type: list, elements: str}
copies:
  description: >-
    The newest first, with C(id), C(time) (Unix, seconds), C(bytes) before packing, C(path) and C(tags), which name the
    app, the release that made it and the schema of its data.
  returned: with state listed
  type: list
  elements: dict
apps: {description: Names of the apps that are copied., returned: with state listed, type: list, elements: str}
last: {description: How the last run went., returned: with state listed, type: dict}
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - documentation comes first in a module

from ansible_collections.slipway.kit.plugins.module_utils.backup import verbs  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.backup.config import Config  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import ReleaseError  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain_tree  # noqa: E402 - as above


def main() -> None:
    """Do it and say what came of it."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": ["made", "listed"]},
            "app": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    makes = module.params["state"] == "made"
    try:
        config = Config.read()
        if makes and module.check_mode:
            module.exit_json(changed=True, said=[])
        done = verbs.made(config) if makes else verbs.listed(config, module.params["app"])
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=makes, **{name: plain_tree(value) for name, value in done.items()})


if __name__ == "__main__":
    main()
