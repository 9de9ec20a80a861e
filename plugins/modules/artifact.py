"""Documentation of `artifact`; the work is done by the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: artifact
short_description: Put a pinned program on the host
description:
  - Compares the SHA-256 of the file on the host with the one in C(artifacts.yml); where they differ, fetches the
    program on the control machine (cache, mirror, sources in order), verifies it and pushes it over SSH in one atomic
    replace.
  - A wrong hash fails the task before the host is touched, with both hashes.
options:
  name: {type: str, required: true, description: Name in artifacts.yml.}
  dest: {type: path, required: true, description: Absolute path of the program on the host.}
  mode: {type: str, default: "0755", description: Mode of the file, four octal digits; it belongs to root.}
attributes:
  check_mode: {support: full, description: Nothing is fetched or pushed that a real run would not.}
  diff_mode: {support: full, description: Shows the hashes.}
  idempotent: {support: full, description: The same bytes, mode and owner change nothing.}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: install | Put Caddy on the host
  slipway.kit.artifact:
    name: caddy
    dest: /usr/local/bin/caddy
"""

RETURN = r"""
version: {type: str, returned: always, description: The pinned version.}
sha256: {type: str, returned: always, description: The pinned hash, 64 hex digits.}
"""
