from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.rig import Rig

from . import front, passes
from .daemon import Setting
from .development_host import DevelopmentHost
from .edge import Edge
from .namespace import Namespace, NoNamespaceError
from .passes import Team
from .pin import pin
from .trycloudflare import NAME

TEAM = Team("quiet-river")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloudflared")


@pytest.fixture(scope="module")
def namespace(folder: Path) -> Iterator[Namespace]:
    try:
        with Namespace.made(folder, {TEAM.domain: passes.ADDRESS, NAME: "127.0.0.1"}) as made:
            yield made
    except NoNamespaceError as reason:
        pytest.skip(f"cloudflared itself did not run, it must not call out: {reason}")


@pytest.fixture(scope="module")
def edge(namespace: Namespace, folder: Path) -> Iterator[Edge]:
    edge = Edge(namespace, folder)
    with edge.open():
        yield edge


@pytest.fixture(scope="module")
def dev(cloudflared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevelopmentHost]:
    """Have a bare host for the tests of a file."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "inventory").mkdir()
    with Rig.up("cloudflared", hosts={"dev1": []}) as rig:
        yield DevelopmentHost(rig, folder / "inventory", pin(folder, cloudflared.read_bytes()))


@pytest.fixture(scope="module")
def edge_of_host(dev: DevelopmentHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Bring the host to where `make site` would have brought it; return the edge that its cloudflared will dial."""
    edge = Edge(dev.prepare(), tmp_path_factory.mktemp("edge"))
    with edge.open():
        dev.lead(edge.environment, edge.authority)
        yield edge


@pytest.fixture
def refusing(edge: Edge) -> Iterator[Edge]:
    """Return the edge to tests that have it refuse; afterwards it does not."""
    yield edge
    edge.registrar.refusal = ""


@pytest.fixture(scope="module")
def team(namespace: Namespace, folder: Path) -> Iterator[Path]:
    """Return the authority by which the team's site is believed."""
    with TEAM.publishing(namespace, folder) as authority:
        yield authority


@pytest.fixture(scope="module")
def setting(cloudflared: Path, namespace: Namespace, edge: Edge, folder: Path, team: Path) -> Iterator[Setting]:
    """Have Caddy with an app behind it; return all that cloudflared needs to lead there."""
    environment = {**edge.environment, "SSL_CERT_FILE": str(team)}
    with front.standing(namespace, folder) as authority:
        yield Setting(cloudflared, namespace, folder, environment, authority)
