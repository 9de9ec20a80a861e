"""Fixtures for the testinfra files of roles: `host` is testinfra's own, `rig` shows the host from outside."""

from __future__ import annotations

import pytest

from slipway.rig import Rig
from slipway.rig.visitor import Visitor
from tests.molecule.instances import rig_name


@pytest.fixture(scope="session")
def rig() -> Rig:
    """Return the rig of the scenario."""
    return Rig.load(rig_name())


@pytest.fixture(scope="session")
def visitor(rig: Rig) -> Visitor:
    """Return somebody who sees the host only from outside."""
    return rig.visitor
