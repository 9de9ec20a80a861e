"""Throw-away hosts for the tests of a file."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from slipway.rig import Rig

ONE_HOST = {"web1": ["app.test"]}


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Find what a test left open at its own end, not in whichever test the interpreter looks next."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Yield a rig for this file, gone afterwards: one bare host, or what HOSTS, USER and PREPARED ask for."""
    name = request.module.__name__.rpartition(".")[2].replace("_", "-")
    hosts = getattr(request.module, "HOSTS", ONE_HOST)
    user, prepared = getattr(request.module, "USER", "root"), getattr(request.module, "PREPARED", False)
    with Rig.up(f"e2e-{name}", hosts, user=user, prepared=prepared) as rig:
        yield rig
