"""Throw-away bare hosts, a test authority and a visitor: what demo, Molecule and end-to-end tests stand on."""

from tests.rig.errors import RigError
from tests.rig.rig import Rig

__all__ = ["Rig", "RigError"]
