#!/usr/bin/python
"""Ansible module: the copies of a host's data."""

from __future__ import annotations

DOCUMENTATION = r"""
module: copies
short_description: Copy the apps' data off a host now, list its copies, or give an app the data of one
description:
  - Role C(backup) tells the host where they go.
attributes:
  check_mode: {support: full, description: A copy is not made.}
  diff_mode: {support: none}
  idempotent: {support: none, description: Each V(made) is another copy.}
options:
  state:
    description:
      - V(made) makes a copy now and reads it back, with O(drill) it also fetches and judges it; V(listed) only reads.
      - V(restored) fetches a copy, lets the live release judge it and run its hook on it, and gives it to that release
        in place of its data, which is kept beside. The maintenance page is shown only while the release starts with it.
      - V(brought_back) gives a host without data what the newest copies have, before Caddy and the apps run on it.
    choices: [made, listed, restored, brought_back]
    required: true
    type: str
  app:
    description: With V(listed), whose, empty for all; V(restored) needs it.
    default: ""
    type: str
  drill:
    description: With V(made), prove the copies too, as the weekly drill does.
    default: false
    type: bool
  adopt:
    description: With V(made), let the data follow copies that another host of this name made.
    default: false
    type: bool
  copy:
    description: With V(restored), the beginning of a copy's id.
    default: ""
    type: str
  apps:
    description: With V(brought_back), the apps of filter P(slipway.kit.complete_apps#filter).
    default: []
    type: list
    elements: dict
  owner:
    description: Who asks, from where, for the lease and the audit log; the action plugin knows.
    default: root
    type: str
author: Slipway (@slipway)
"""

EXAMPLES = r"""
- name: now | Copy the data off the host
  slipway.kit.copies:
    state: made
"""

RETURN = r"""
said: {description: What was done., returned: with state made, restored or brought_back, type: list, elements: str}
copies:
  description: >-
    The newest first, with C(id), C(time) (Unix, seconds), C(bytes) before packing, C(path) and C(tags), which name the
    app, the release that made it and the schema of its data.
  returned: with state listed
  type: list
  elements: dict
apps: {description: Names of the apps that are copied., returned: with state listed, type: list, elements: str}
last: {description: How the last run went., returned: with state listed, type: dict}
drill: {description: How the last drill went., returned: with state listed, type: dict}
check: {description: How the last check of the store went., returned: with state listed, type: dict}
"""

from collections.abc import Mapping  # noqa: E402 - documentation comes first in a module
from typing import Any  # noqa: E402 - documentation comes first in a module

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - documentation comes first in a module

from ansible_collections.slipway.kit.plugins.module_utils.backup import bare, restore, verbs  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.backup.config import Config  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release import inside  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import ReleaseError  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain_tree  # noqa: E402 - as above


def main() -> None:
    """Do it and say what came of it."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": ["made", "listed", "restored", "brought_back"]},
            "app": {"type": "str", "default": ""},
            "drill": {"type": "bool", "default": False},
            "adopt": {"type": "bool", "default": False},
            "copy": {"type": "str", "default": ""},
            "apps": {"type": "list", "elements": "dict", "default": []},
            "owner": {"type": "str", "default": "root"},
        },
        supports_check_mode=True,
        required_if=[("state", "restored", ["app", "copy"])],
    )
    try:
        done = _done(Config.read(), module.params, check_mode=module.check_mode)
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=module.params["state"] != "listed", **{name: plain_tree(value) for name, value in done.items()}
    )


def _done(config: Config, given: Mapping[str, Any], *, check_mode: bool) -> dict[str, object]:
    if given["state"] == "listed":
        return verbs.listed(config, given["app"])
    if given["state"] == "made":
        return {"said": []} if check_mode else verbs.made(config, drill=given["drill"], adopt=given["adopt"])
    if given["state"] == "brought_back":
        return {"said": [] if check_mode else bare.bring_back(config, [App.parse(each) for each in given["apps"]])}
    app = inside.live(given["app"]).app
    return {"said": restore.restore(config, app, given["copy"], given["owner"], check_mode=check_mode).said}


if __name__ == "__main__":
    main()
