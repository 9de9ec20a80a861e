from __future__ import annotations

from collections.abc import Iterator

import pytest

from slipway.rig import Rig

from .pair import DOMAIN, LAPTOP, Pair


@pytest.fixture(scope="package")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two hosts with Caddy and a served app, before any tunnel; and somebody's own machine, bare."""
    hosts = {"dev1": [], "edge1": [DOMAIN, LAPTOP, "www.app.test"], "box1": []}
    with Rig.up("tunnel", hosts, prepared=True) as rig:
        yield Pair.prepare(rig, tmp_path_factory.mktemp("inventory"))
