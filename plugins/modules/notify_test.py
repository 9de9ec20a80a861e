#!/usr/bin/python
"""Ansible module: one message by each way out."""

from __future__ import annotations

DOCUMENTATION = r"""
module: notify_test
short_description: Send one message by each way out of a host, and one heartbeat
description:
  - Role C(watch) tells the host which ways there are.
attributes:
  check_mode: {support: full, description: Nothing is sent.}
  diff_mode: {support: none}
  idempotent: {support: none, description: Each run sends.}
options: {}
author: Slipway (@slipway)
"""

EXAMPLES = r"""
- name: test | Send one message by each way
  slipway.kit.notify_test:
"""

RETURN = r"""
ways:
  description: Each way with C(name) and C(said), why it did not take the message; empty where it did.
  returned: success
  type: list
  elements: dict
"""

import time  # noqa: E402 - documentation comes first in a module

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - as above

from ansible_collections.slipway.kit.plugins.module_utils.release.errors import ReleaseError  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.watch import message, ways  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.watch.config import Config  # noqa: E402 - as above


def main() -> None:
    """Send, and say what each answered."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        config = Config.read()
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    made = message.of_trial(config.host, config.environment, time.time())
    said = []
    for way in config.ways if not module.check_mode else ():
        said.append({"name": way.name, "said": ways.send(way, made)})
    if config.heartbeat and not module.check_mode:
        said.append({"name": "heartbeat", "said": ways.beat(config.heartbeat)})
    module.exit_json(changed=bool(said), ways=said)


if __name__ == "__main__":
    main()
