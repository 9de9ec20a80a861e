"""Documentation of action `host_program`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_program
short_description: Have the kit's own program on a host
description:
  - Timers call it; a deploy writes the same one. It is made of the kit's modules and is in C(/usr/local/lib/slipway).
attributes:
  check_mode: {support: full, description: Says whether it would be written.}
  diff_mode: {support: full, description: Shows the hashes.}
  idempotent: {support: full, description: The same kit makes the same bytes.}
author: Slipway (@slipway)
"""

EXAMPLES = r"""
- name: install | Put the kit's program on the host
  slipway.kit.host_program:
"""

RETURN = r"""
sha256: {description: Hash of the program., returned: success, type: str}
"""
