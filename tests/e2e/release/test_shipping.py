"""The image's way to the host, by the playbook as it is used: only what the host lacks, and nothing altered."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
import threading
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import (
    ImageRequest,
    ResolvedImage,
    pack_for,
    resolve,
)
from slipway.rig.play import Played
from tests.release.target import ROOT, TINY, Target, tiny

MIB = 1024 * 1024


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with the tiny app, changed by one line."""
    shutil.copytree(ROOT / TINY, tmp_path / "tiny")
    with (tmp_path / "tiny" / "tiny.py").open("a") as file:
        file.write(f"# {tmp_path}\n")
    return tmp_path


def play(target: Target, verb: str, source: Path, *args: str, **fields: object) -> Played:
    declared = {
        "slipway_apps": [tiny(build="tiny", **fields)],
        "slipway_secrets": {"tiny": {"token": "for the test only"}},
        "app_source_dir": str(source),
    }
    return target.rig.play(f"playbooks/{verb}.yml", "-v", *args, "-e", json.dumps(declared), inventories=())


def image_of(source: Path) -> ResolvedImage:
    return resolve(ImageRequest(complete([tiny(build="tiny")])[0], source))


def test_a_change_of_one_line_moves_less_than_a_twentieth_of_the_image(target: Target, source: Path) -> None:
    played = play(target, "deploy", source).check()
    shipped = re.search(r"shipped: (\S+) MiB, (\d+) of (\d+) layers", played.stdout)
    assert shipped, played.stdout
    image = image_of(source).image
    assert image
    assert float(shipped[1]) < 0.05 * image.size / MIB
    assert shipped[2] == "1"
    assert f"slipway/tiny:{target.live()}" in target.docker("images", "--format", "{{.Repository}}:{{.Tag}}")
    again = play(target, "deploy", source).check()
    assert again.changed == 0
    assert "is live already" in again.stdout


def test_an_ssh_connection_that_is_cut_leaves_no_half_release(target: Target, source: Path) -> None:  # Z-24
    cut_off: list[int] = []

    def cut() -> None:
        journal = "/var/lib/slipway/apps/tiny/state/journal.json"
        script = f"until grep -q gate {journal} 2>/dev/null; do sleep 0.02; done; pkill -KILL sshd-session"
        cut_off.append(target.host.exec(["timeout", "300", "sh", "-c", script]).returncode)

    thread = threading.Thread(target=cut)
    thread.start()
    with target.visitors(slow=0, streams=0) as seen:
        played = play(target, "deploy", source, env={"BEHAVIOUR": "slow-start", "TURN_S": "2"})
        thread.join()
        # Nobody hears the engine any more, but it lives on: its lease is respected until it has ended by itself.
        left = target.wait_until_free()
        again = play(target, "deploy", source, env={"VERSION": "after the cut"})
    assert (cut_off, played.rc != 0) == ([0], True), played.stdout
    assert left["interrupted"] == ""
    assert [release["state"] for release in left["releases"]].count("live") == 1
    assert again.rc == 0, again.stdout
    assert seen.failures == 0, seen.report
    assert len(target.running()) == 1


def test_an_image_that_was_altered_on_the_way_is_refused(target: Target, source: Path, tmp_path: Path) -> None:
    before, ready = target.live(), image_of(source)
    assert ready.image
    packed = pack_for(ready, len(ready.image.layers) - 1, tmp_path / "image.tar.gz")
    target.host.put({"/var/tmp/altered.tar": altered(packed.path)})
    order = target.order() | {"images": {"app": ready.described()}, "archives": {"app": "/var/tmp/altered.tar"}}
    with target.visitors(slow=0, streams=0) as seen:
        answer = target.drive(order)
    assert answer["failed"]
    assert answer["code"] in ("load", "image")
    assert (target.live(), seen.failures) == (before, 0)
    assert target.host.exec(["ls", "/var/tmp/altered.tar"]).returncode != 0, "the archive is removed"


def altered(archive: Path) -> bytes:
    """Return the archive with one byte of the app's code changed, headers and sizes as they were."""
    changed = io.BytesIO()
    with tarfile.open(archive) as packed, tarfile.open(fileobj=changed, mode="w") as target:
        for member in packed:
            file = packed.extractfile(member)
            target.addfile(member, io.BytesIO(file.read().replace(b"STARTED", b"STARTEE")) if file else None)
    return changed.getvalue()


def test_check_mode_builds_and_changes_nothing(target: Target, source: Path) -> None:
    before = target.live()
    played = play(target, "deploy", source, "--check", "--diff", env={"ONLY": "checked"}).check()
    assert "ONLY" in played.stdout
    assert target.live() == before
    only_looked = ImageRequest(complete([tiny(build="tiny")])[0], source, check_mode=True)
    assert resolve(only_looked).image is None
