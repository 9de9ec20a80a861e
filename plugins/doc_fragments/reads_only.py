"""What the documentation of plugins that only read shares: their attributes."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment `reads_only`."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Reads the same.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Reads only.
    support: full
"""
