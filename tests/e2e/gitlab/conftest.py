"""One host for the jobs of both pipelines, and the repository of an app that is deployed to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slipway import ci_local
from tests.e2e.packages import ensure
from tests.rig import Rig

from .pipelines import Repository, app_repository

HOSTS = {"web1": ["shop.test", "mr-7.shop.test", "strongbox.test", "mr-8.strongbox.test"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that the tests of this folder need a host."""
    for item in items:
        if "/e2e/gitlab/" in str(item.path):
            item.add_marker(pytest.mark.rig)


@pytest.fixture(scope="package")
def rig() -> Iterator[Rig]:
    with Rig.up("e2e-gitlab", HOSTS) as rig:
        yield rig


@pytest.fixture(scope="package")
def shop(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The app's repository; the host has Docker and Caddy, as `make provision` leaves it."""
    ensure(ci_local.PROGRAMS)
    repository = app_repository(tmp_path_factory.mktemp("gitlab") / "shop", rig)
    repository.provision(rig, "--tags", "docker,caddy")
    return repository


@pytest.fixture
def unchanged(shop: Repository) -> Iterator[Repository]:
    """The app's repository; variables, files and commits are as before when the test has ended."""
    variables, revision = shop.variables(), shop.git("rev-parse", "HEAD")
    yield shop
    shop.set_variables(variables)
    shop.git("reset", "--quiet", "--hard", revision)
