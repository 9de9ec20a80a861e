"""Tidying up decides nothing: a release that serves is good whatever could not be removed, one taken back is not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import images
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.change import Change
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import DockerError
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import LockedError
from ansible_collections.slipway.kit.plugins.module_utils.release.lease import LeaseFile
from ansible_collections.slipway.kit.plugins.module_utils.release.records import State
from ansible_collections.slipway.kit.plugins.module_utils.release.snapshots import Snapshots
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

from .test_release_change import NoDocker, release


@pytest.fixture
def change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """Return a change of an app of which one release is kept; r2 is live in blue."""
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's on a host
    declared = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public"}
    for folder in ("live", "state", "data", "secrets"):
        (tmp_path / folder).mkdir()
    app = replace(
        App.parse(complete([declared])[0]),
        root=tmp_path,
        live_dir=tmp_path / "live",
        data_dir=tmp_path / "data",
        secrets_dir=tmp_path / "secrets",
        watch_s=0,
        keep_releases=1,
    )
    leases = LeaseFile(app.root / "state")
    change = Change(app, NoDocker(), None, leases, leases.take("tester"))
    change.records.save(release(2), compose="")
    change.records.switch_to("blue")
    change.records.name_slot("blue", "r2")
    return change


def breaks(what: str, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Let one part of the tidying up fail."""

    def fails(*_: object) -> None:
        raise NotADirectoryError(20, "Not a directory", "/somewhere")

    at = {"release": (change.records, "forget"), "image": (images, "let_go"), "snapshot": (Snapshots, "prune")}
    monkeypatch.setattr(*at[what], fails)


@pytest.mark.parametrize("what", ["release", "image", "snapshot"])
def test_what_can_not_be_tidied_up_is_said_and_decides_nothing(
    change: Change, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    for each in (release(1), release(3, "new")):
        change.records.save(each, compose="")
    change.begin("deploy", release(3))
    breaks(what, monkeypatch, change)
    change.finish()
    assert change.said == [f"warning: an old {what} could not be removed: [Errno 20] Not a directory: '/somewhere'"]
    live = change.records.releases()[0]
    assert (live.id, live.state, change.records.live_slot()) == ("r3", "good", "green")
    assert not change.under_way
    assert change.records.journal() is None


@pytest.mark.parametrize(("was_live_at", "state"), [(0.0, "new"), (1.0, "good")])
def test_a_release_that_is_taken_back_at_the_very_end_is_not_the_last_good_one(
    change: Change, monkeypatch: pytest.MonkeyPatch, was_live_at: float, state: State
) -> None:
    new = replace(release(3, state), live_at=was_live_at)
    change.records.save(new, compose="")
    change.begin("deploy", new)

    def fails(*_: object) -> None:
        raise DockerError("it does not answer", fix="")

    monkeypatch.setattr(change.engine, "stop", fails)
    with pytest.raises(DockerError):
        change.finish()
    monkeypatch.setattr(change.engine, "remove", lambda _: None)
    change.take_back("")
    known = {each.id: (each.state, each.live_at) for each in change.records.releases()}
    assert known == {"r2": ("good", 2.0), "r3": (state, was_live_at)}
    assert change.records.live_slot() == "blue"


def test_a_finish_whose_lease_is_lost_is_not_gone_on_with(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    pruned: list[object] = []
    change.begin("deploy", release(3))
    monkeypatch.setattr(Snapshots, "prune", pruned.append)
    change.leases.give_back()
    with pytest.raises(LockedError):
        change.finish()
    assert pruned == []
