"""A host without data gets what the newest copies have; one that has some keeps it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import bare, certificates
from ansible_collections.slipway.kit.plugins.module_utils.backup.errors import BackupError
from ansible_collections.slipway.kit.plugins.module_utils.backup.restic import Restic
from ansible_collections.slipway.kit.plugins.module_utils.release import files
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records

from .conftest import Host


@pytest.fixture
def lost(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a host that was lost after a copy of its data, of schema 3, and of Caddy's folder; the store is there."""
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    folder = tmp_path / "caddy"
    (folder / "locks").mkdir(parents=True)
    (folder / "app.test.crt").write_text("certificate")
    (folder / "locks" / "stale").write_text("")
    places = replace(host.config.places, certificates=folder)
    host.config = replace(host.config, places=places)
    Records(host.app).raise_data_schema(3)
    assert host.back_up() == 0, host.said
    for path in (host.app.root, places.state, folder):
        shutil.rmtree(path)
    folder.mkdir()
    return host


def again(host: Host) -> list[str]:
    return bare.bring_back(host.config, [host.app])


def test_it_gets_data_schema_and_certificates(lost: Host) -> None:
    [first, second] = again(lost)
    assert first == "Caddy's certificates are those of the copy"
    assert second.startswith("tiny: its data is that of ")
    assert (lost.app.data_dir / "vault.db").read_text() == "one"
    assert (lost.app.data_dir.stat().st_mode & 0o777, Records(lost.app).data_schema()) == (0o700, 3)
    assert (lost.config.places.certificates / "app.test.crt").read_text() == "certificate"
    assert not (lost.app.root / "restored").exists()


def test_a_second_run_changes_nothing(lost: Host) -> None:
    again(lost)
    (lost.app.data_dir / "vault.db").write_text("newer")
    assert again(lost) == []
    assert (lost.app.data_dir / "vault.db").read_text() == "newer"


def test_a_run_that_was_killed_is_finished_by_the_next(lost: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(Restic, "fetch", fails_for_apps(Restic.fetch))
        with pytest.raises(KeyboardInterrupt):
            again(lost)
    assert [line[:20] for line in again(lost)] == ["tiny: its data is th"]


def fails_for_apps(fetch: object) -> object:
    """Return a `Restic.fetch` that is interrupted where it would bring an app's data."""

    def interrupted(self: Restic, copy: object, target: Path) -> None:
        if target.name == "restored":
            raise KeyboardInterrupt
        fetch(self, copy, target)  # type: ignore[operator]

    return interrupted


def test_a_host_that_has_data_keeps_it_and_nothing_is_touched(lost: Host) -> None:
    files.folder(lost.app.root, mode=0o700)
    lost.app.data_dir.mkdir()
    (lost.app.data_dir / "vault.db").write_text("of this host")
    with pytest.raises(BackupError, match="tiny: this host is not bare"):
        again(lost)
    assert list(lost.config.places.certificates.iterdir()) == []


def test_certificates_that_are_there_stay(lost: Host) -> None:
    (lost.config.places.certificates / "app.test.crt").write_text("newer")
    assert not certificates.bring_back(lost.config, Restic(lost.config))
    assert (lost.config.places.certificates / "app.test.crt").read_text() == "newer"


def test_an_app_without_a_copy_begins_without_data(lost: Host) -> None:
    other: App = replace(lost.app, name="other", root=lost.app.root.with_name("other"))
    assert bare.bring_back(lost.config, [other])[-1] == "other: the store has no copy of it; it begins without data"
