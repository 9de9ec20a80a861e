"""One host with Docker and Caddy for all tests of the release engine; they run one after the other on one worker."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from slipway.rig import Rig
from tests.release.target import SOLO, Target, tiny

PREPARE = "roles/app/molecule/default/prepare.yml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that the tests of this folder need a host."""
    for item in items:
        if "/e2e/release/" in str(item.path):
            item.add_marker(pytest.mark.rig)


@pytest.fixture(scope="package")
def rig() -> Iterator[Rig]:
    """Yield a rig whose host has what role app stands on, and sites for the tiny app and one that can't overlap."""
    with Rig.up("e2e-release", {"web1": ["app.test", "solo.test"]}, prepared=True) as rig:
        # A body that does not come is cut soon enough for a test to wait for it.
        declared = {"slipway_apps": [tiny(), tiny(**SOLO)], "caddy_read_body_timeout_seconds": 3}
        rig.play(PREPARE, "-e", json.dumps(declared), inventories=()).check()
        yield rig


@pytest.fixture(scope="package")
def prepared(rig: Rig) -> Target:
    """Return the app with its image on the host and a first release live."""
    target = Target(rig, rig.host("web1"))
    target.send_image()
    first = target.deploy("first")
    assert not first.get("failed"), first
    return target


@pytest.fixture
def target(prepared: Target) -> Target:
    """Return the app in good health: the release `steady` is live, nothing else runs."""
    prepared.wait_until_free()
    answer = prepared.deploy("steady")
    assert not answer.get("failed"), answer
    return prepared
