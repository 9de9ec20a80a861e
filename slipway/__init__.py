"""Slipway's commands on the control machine; run from the repository root as `python -m slipway.NAME`."""
