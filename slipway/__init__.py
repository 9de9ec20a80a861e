"""Slipway's commands on the control machine; run from the repository root as `python -m slipway.NAME`.

They share code with the plugins of the collection `slipway.kit`, never the other way round.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
