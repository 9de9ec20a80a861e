"""Throw-away bare hosts, a test authority and a visitor: what demo, Molecule and end-to-end tests stand on."""

from slipway.rig.errors import RigError
from slipway.rig.rig import Rig

__all__ = ["Rig", "RigError"]
