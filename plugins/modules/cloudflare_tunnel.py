"""Documentation of `cloudflare_tunnel`; the work is done by the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_tunnel
short_description: Make or remove a named Cloudflare tunnel, its DNS names and its guard
description:
  - Finds or creates the tunnel, guards its names with Cloudflare Access where C(allowed) is given, leads the names into
    it, and keeps the credentials in the encrypted variables file as C(vault_cloudflared_credentials), by host.
  - Every step looks before it changes; a run after a failed one goes on where that stopped. Rate limits are waited out.
options:
  name: {type: str, required: true, description: Name of the tunnel.}
  zone: {type: str, required: true, description: DNS zone that holds all domains.}
  domains: {type: list, elements: str, required: true, description: Public names.}
  allowed: {type: list, elements: str, default: [], description: Who may visit, by e-mail or domain; empty is all.}
  api_token: {type: str, required: true, description: API token; never shown.}
  api_url: {type: str, required: true, description: Where the API is; HTTPS.}
  vault_file: {type: path, required: true, description: File that ansible-vault encrypted; takes the credentials.}
  force: {type: bool, default: false, description: Replace DNS records that lead elsewhere.}
  state: {type: str, choices: [present, absent], default: present, description: Make it or remove it.}
attributes:
  check_mode: {support: full, description: Reads only and says what is missing.}
  diff_mode: {support: none, description: There is no text to compare.}
  idempotent: {support: full, description: What is there as declared is left alone.}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: cloudflare | Make the tunnel
  slipway.kit.cloudflare_tunnel:
    name: slipway-dev1
    zone: example.com
    domains: [dev.example.com]
    allowed: [example.com]
    api_token: "{{ vault_cloudflare_api_token }}"
    api_url: https://api.cloudflare.com/client/v4
    vault_file: "{{ inventory_dir }}/group_vars/all/vault.yml"
"""

RETURN = r"""
done: {type: list, elements: str, returned: always, description: "What was done, or in check mode would be."}
tunnel_id: {type: str, returned: always, description: Id of the tunnel; empty where there is none.}
"""
