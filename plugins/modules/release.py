#!/usr/bin/python
"""Ansible module `release`: makes a release of an app live on a host, or takes it back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Switch an app to another release without a dropped request
description:
  - Starts the wanted release in the idle one of two slots, waits until it is ready, switches visitors over by one
    rename, watches it, lets the old slot's requests end and stops it. Whatever fails leaves visitors with the release
    they had.
  - Is called by the action plugin of the same name, which builds and ships the image from the control machine.
attributes:
  check_mode: {support: full, description: Tells what would be deployed and touches nothing.}
  diff_mode: {support: full, description: Shows the Compose file of the live release beside the wanted one.}
  idempotent: {support: full, description: What is live already is not touched.}
options:
  state:
    description: >-
      What is expected; V(restarted) replaces the live release's containers by new ones, V(jobs) lists its schedules,
      V(job_run) runs C(job) now, V(retired) removes a review app, data included, V(pruned) stops each app of C(project)
      that C(declared) does not name, V(forgettable) lists those, V(forgotten) deletes one of them, or C(service) of
      C(app), data included.
    choices:
      - live
      - rolled_back
      - restarted
      - maintenance
      - normal
      - status
      - logs
      - jobs
      - job_run
      - retired
      - pruned
      - forgettable
      - forgotten
    default: live
    type: str
  phase:
    description:
      - V(all) does everything at once. With several hosts each is called with V(prepare), then all with V(switch),
        V(watch) and V(finish); V(take_back) undoes a host because of another.
    choices: [all, prepare, switch, watch, finish, take_back]
    default: all
    type: str
  app:
    description: >-
      The app, as the filter C(complete_apps) gives it. Required by every state but V(pruned) and V(forgettable).
    type: dict
  images:
    description: Images of the wanted release by the process that brings each, the app's own as C(app), with keys C(id),
      C(fingerprint), C(reference), C(layers), C(size) (bytes), C(revision), C(architecture).
    type: dict
  compose:
    description: Text of the Compose file, the same for both slots.
    type: str
  services:
    description: Text of the Compose file of the services; empty where the app has none.
    default: ""
    type: str
  secrets:
    description: Values by name; written to files that only root and the app's user can read.
    type: dict
  made_up:
    description: Names of further secrets, whose values the host makes up and keeps as long as the app; for review apps.
    type: list
    elements: str
    default: []
  archives:
    description: Paths on the host of the images that were sent, by the same names; removed afterwards.
    type: dict
  target:
    description: Release id or revision to go back to; empty for the last good one.
    default: ""
    type: str
  force:
    description: Go back although the data has a newer schema than that release declares.
    default: false
    type: bool
  owner:
    description: Who asks, from where; for the lease and the audit log.
    required: true
    type: str
  lease:
    description: Token of the lease that an earlier phase returned.
    default: ""
    type: str
  failed_host:
    description: With phase V(take_back), the host that failed.
    default: ""
    type: str
  process:
    description: >-
      With state V(logs), whose; empty for the app's own container. With state V(restarted), which one; empty for all.
    default: ""
    type: str
  job:
    description: With state V(job_run), the name of the schedule.
    default: ""
    type: str
  lines:
    description: With state V(logs), how many.
    default: 100
    type: int
  service:
    description: With state V(forgotten), a service that C(app) does not declare any more; empty for the app itself.
    default: ""
    type: str
  declared:
    description: >-
      Names of all apps that C(project) declares; others of its own on the host are stopped. Left out, none is.
    type: list
    elements: str
  project:
    description: >-
      Whose apps these are. What another project declared on the host is refused or left alone; empty, nothing is
      registered and everything is this project's.
    default: ""
    type: str
  inventory:
    description: Environment that declares them; for messages to other projects.
    default: ""
    type: str
  adopt:
    description: Take apps of these names over from other projects.
    default: false
    type: bool
  prune:
    description: Also stop what is not declared and no project is registered for.
    default: false
    type: bool
  site:
    description: The app's part of Caddy's configuration; empty where somebody else writes it.
    default: ""
    type: str
  front:
    description: How Caddy is reached, with keys C(admin_socket) and C(logs); left out where no front is used.
    type: dict
author: Slipway (@slipway)
"""

EXAMPLES = r"""
- name: Release | Make what is declared live
  slipway.kit.release:
    app: "{{ item }}"
  loop: "{{ slipway_apps | slipway.kit.complete_apps }}"
"""

RETURN = r"""
release: {description: Id of the release., returned: always, type: str}
previous: {description: Id of the release that was live before., returned: always, type: str}
slot: {description: Slot that was used., returned: changed, type: str}
said: {description: What was done, in words., returned: always, type: list, elements: str}
seconds: {description: Seconds that each step took., returned: changed, type: dict}
layers_present:
  description: Set when images must be sent, from these layers on, by the process that brings each.
  returned: images missing
  type: dict
lease: {description: Token for the next phase., returned: with phase prepare, type: str}
status: {description: What the host knows of the app., returned: with state status, type: dict}
lines: {description: What the live release wrote., returned: with state logs, type: list, elements: str}
jobs: {description: The schedules of the live release., returned: with state jobs, type: list, elements: dict}
audit: {description: The line written to the audit log., returned: after a change, type: dict}
code: {description: Kind of failure., returned: failure, type: str}
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - documentation comes first in a module

from ansible_collections.slipway.kit.plugins.module_utils.release.dispatch import dispatch  # noqa: E402 - as above
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import ReleaseError  # noqa: E402 - as above

OF_ONE_APP = (
    *("live", "rolled_back", "restarted", "maintenance", "normal", "status", "logs", "jobs", "job_run", "retired"),
    "forgotten",
)
ARGUMENTS = {
    "state": {
        "type": "str",
        "default": "live",
        "choices": [*OF_ONE_APP[:-1], "pruned", "forgettable", "forgotten"],
    },
    "phase": {
        "type": "str",
        "default": "all",
        "choices": ["all", "prepare", "switch", "watch", "finish", "take_back"],
    },
    "app": {"type": "dict"},
    "images": {"type": "dict"},
    "compose": {"type": "str"},
    "services": {"type": "str", "default": ""},
    "secrets": {"type": "dict", "no_log": True},
    "made_up": {"type": "list", "elements": "str", "default": []},
    "archives": {"type": "dict"},
    "target": {"type": "str", "default": ""},
    "force": {"type": "bool", "default": False},
    "owner": {"type": "str", "required": True},
    "lease": {"type": "str", "default": ""},
    "failed_host": {"type": "str", "default": ""},
    "process": {"type": "str", "default": ""},
    "job": {"type": "str", "default": ""},
    "lines": {"type": "int", "default": 100},
    "service": {"type": "str", "default": ""},
    "declared": {"type": "list", "elements": "str"},
    "project": {"type": "str", "default": ""},
    "inventory": {"type": "str", "default": ""},
    "adopt": {"type": "bool", "default": False},
    "prune": {"type": "bool", "default": False},
    "site": {"type": "str", "default": ""},
    "front": {"type": "dict"},
}


def main() -> None:
    """Read the arguments, carry the order out, say what came of it."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        required_if=[
            *(("state", state, ["app"]) for state in OF_ONE_APP),
            *(("state", state, ["declared"]) for state in ("pruned", "forgettable")),
        ],
    )
    try:
        outcome = dispatch(module.params, check_mode=module.check_mode)
    except ReleaseError as error:
        module.fail_json(msg=str(error), code=error.code, audit=error.audit, changed=error.changed)
    module.exit_json(**outcome)


if __name__ == "__main__":
    main()
