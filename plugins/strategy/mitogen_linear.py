"""Make mitogen's linear strategy findable wherever pip put the package."""

from __future__ import annotations

from ansible_mitogen.plugins.strategy.mitogen_linear import StrategyModule

DOCUMENTATION = r"""
name: mitogen_linear
short_description: Run tasks as C(linear) does, through mitogen
description:
  - Keeps one interpreter per host for the whole run, which is about three times faster. Takes the Python package
    mitogen on the control machine.
  - The collection's roles do not need it; C(ANSIBLE_STRATEGY=linear) turns it off.
author:
  - Slipway
"""

__all__ = ["StrategyModule"]
