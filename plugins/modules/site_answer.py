"""Module `site_answer`: the thin end; the logic is in module_utils/site_answer."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.slipway.kit.plugins.module_utils.site_answer import ask

DOCUMENTATION = r"""
module: site_answer
short_description: Wait until a site answers over HTTPS as it should
description:
  - Asks for C(/) until the named release answers, and fails with what stands in the way.
options:
  domain: {type: str, required: true, description: Name of the site.}
  address: {type: str, default: "", description: Where to ask instead of where DNS leads.}
  ca: {type: path, description: PEM file of the only authority to believe; without it the system's are believed.}
  release: {type: str, default: "", description: "Release that must answer; empty: any."}
  login_counts: {type: bool, default: false, description: The login of Cloudflare Access is the wanted answer.}
  advice: {type: str, default: "", description: What to do where it fails; ends the message.}
  timeout_seconds: {type: int, default: 60, description: How long to go on asking.}
attributes:
  check_mode: {support: full, description: It only asks.}
  diff_mode: {support: none, description: Nothing changes.}
  idempotent: {support: full, description: It only asks.}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: check | Ask as a visitor
  slipway.kit.site_answer:
    domain: dev.example.com
    release: 20260101-1
  delegate_to: localhost
"""

RETURN = r"""
status: {type: int, returned: success, description: HTTP status.}
release: {type: str, returned: success, description: Release that answered; empty behind a login.}
guarded: {type: bool, returned: success, description: Whether the login of Cloudflare Access answered.}
"""


def main() -> None:
    """Ask, wait, answer."""
    module = AnsibleModule(
        argument_spec={
            "domain": {"type": "str", "required": True},
            "address": {"type": "str", "default": ""},
            "ca": {"type": "path"},
            "release": {"type": "str", "default": ""},
            "login_counts": {"type": "bool", "default": False},
            "advice": {"type": "str", "default": ""},
            "timeout_seconds": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    timeout_s, advice = module.params.pop("timeout_seconds"), module.params.pop("advice")
    wanted = {**module.params, "ca": module.params["ca"] or ""}
    answer = ask.wait(ask.Question(**wanted), timeout_s)
    if answer.trouble:
        module.fail_json(msg=f"After {timeout_s} s: {answer.trouble}. {advice}".strip())
    module.exit_json(changed=False, status=answer.status, release=answer.release, guarded=answer.guarded)


if __name__ == "__main__":
    main()
