"""Fixtures for the testinfra files of roles: `host` is testinfra's own, `rig` shows the host from outside."""

from __future__ import annotations

import pytest

from tests.molecule.instances import rig_name
from tests.rig import Rig
from tests.rig.visitor import Visitor


@pytest.fixture(scope="session")
def rig() -> Rig:
    """Return the rig of the scenario."""
    return Rig.load(rig_name())


@pytest.fixture(scope="session")
def visitor(rig: Rig) -> Visitor:
    """Return somebody who sees the host only from outside."""
    return rig.visitor
