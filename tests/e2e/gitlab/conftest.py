"""One host for the jobs of both pipelines, and the repository of an app that is deployed to it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator

import pytest

from slipway import ci_local
from slipway.rig import Rig
from tests.e2e.packages import ensure

from .pipelines import LOGINS, app_repository, kit_project
from .repository import ROOT, Repository
from .server import Gitlab, gitlab

HOSTS = {"web1": ["shop.test", "mr-7.shop.test", "strongbox.test", "mr-8.strongbox.test"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that the tests of this folder need a host."""
    for item in items:
        if "/e2e/gitlab/" in str(item.path):
            item.add_marker(pytest.mark.rig)


@pytest.fixture(scope="package")
def rig() -> Iterator[Rig]:
    with Rig.up("e2e-gitlab", HOSTS, prepared=True) as rig:
        yield rig


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gitlab]:
    """A GitLab with one project: a copy of this kit."""
    folder = tmp_path_factory.mktemp("gitlab-server")
    with gitlab(folder / "projects", LOGINS) as server:
        kit_project(server, folder / "kit")
        yield server


@pytest.fixture(scope="package")
def shop(rig: Rig, server: Gitlab, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The app's repository; the host has Docker and Caddy, as `make provision` leaves it."""
    ensure(ci_local.PROGRAMS)
    folder = tmp_path_factory.mktemp("gitlab") / "shop"
    shutil.copytree(ROOT / "tests" / "release" / "tiny", folder)
    with (folder / "Dockerfile").open("a") as dockerfile:
        dockerfile.write("EXPOSE 8000\n")
    # An image of the same content would be found, with the commit of an earlier run.
    (folder / "menu").write_text(secrets.token_hex())
    repository = app_repository(folder, rig, server)
    repository.provision(rig, "--tags", "docker,caddy")
    return repository


@pytest.fixture
def unchanged(shop: Repository) -> Iterator[Repository]:
    """The app's repository; variables, files and commits are as before when the test has ended."""
    variables, revision = shop.variables(), shop.git("rev-parse", "HEAD")
    yield shop
    shop.set_variables(variables)
    shop.git("reset", "--quiet", "--hard", revision)
