"""A host whose Docker keeps images in containerd's store, as Docker 29 does wherever it is installed again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.rig import Rig
from slipway.rig.play import Played
from tests.release.target import ROOT, TINY, tiny

# Its usual snapshotter makes device nodes, which a container on some machines may not.
STORE = {"features": {"containerd-snapshotter": True}, "storage-driver": "native"}
PREPARE = "roles/app/molecule/default/prepare.yml"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Path]]:
    """Yield a rig with such a host, and a folder with the tiny app."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / TINY, source / "tiny")
    with Rig.up("e2e-containerd-store", {"web1": ["app.test"]}, prepared=True) as rig:
        play(rig, PREPARE, source)
        yield rig, source


def play(rig: Rig, playbook: str, source: Path, **more: object) -> Played:
    declared = {
        "slipway_apps": [tiny(build="tiny")],
        "slipway_secrets": {"tiny": {"token": "for the test only"}},
        "app_source_dir": str(source),
        "docker_daemon_options": STORE,
        **more,
    }
    return rig.play(playbook, "-v", "-e", json.dumps(declared), inventories=()).check()


def test_images_are_sent_whole_known_again_and_gone_back_to(elsewhere: tuple[Rig, Path]) -> None:
    rig, source = elsewhere
    told = rig.host("web1").exec(["docker", "info", "--format", "{{.DriverStatus}}"], check=True).stdout
    assert "io.containerd.snapshotter" in told
    assert "3 of 3 layers" in play(rig, "playbooks/deploy.yml", source).stdout
    with (source / "tiny" / "tiny.py").open("a") as file:
        file.write(f"# {source}\n")
    second = play(rig, "playbooks/deploy.yml", source)
    assert "(whole: the host refused layers alone)" in second.stdout
    again = play(rig, "playbooks/deploy.yml", source)
    assert again.changed == 0
    assert "is live already" in again.stdout
    assert play(rig, "playbooks/rollback.yml", source, app_rollback_to="", app_rollback_force=False).changed == 1
