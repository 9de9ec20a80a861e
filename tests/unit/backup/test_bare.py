"""A host without data gets what the newest copies have; one that has some keeps it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import bare, caddys_files, certificates
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
    # What a Caddy that was taken over may leave.
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "kek").write_text("root's")
    (folder / "kek").symlink_to(tmp_path / "roots" / "kek")
    (folder / "folder").symlink_to(tmp_path / "roots")
    os.mkfifo(folder / "fifo")
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
    assert [path.name for path in lost.config.places.certificates.iterdir()] == ["app.test.crt"]
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


def test_a_folder_that_caddy_exchanges_for_a_link_is_not_entered(
    lost: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, swapped = lost.config.places.certificates, list[Path]()
    (folder / "acme").mkdir()
    opened = os.open

    def swaps(path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "acme" and not swapped:
            (folder / "acme").rmdir()
            (folder / "acme").symlink_to(tmp_path / "roots")
            swapped.append(folder / "acme")
        return opened(path, flags, mode, dir_fd=dir_fd)

    files.folder(lost.config.places.state, mode=0o700)
    monkeypatch.setattr(os, "open", swaps)
    certificates.back_up(lost.config, Restic(lost.config))
    newest = Restic(lost.config).copies(**certificates.MARKS)[-1]
    (tmp_path / "fetched").mkdir()
    Restic(lost.config).fetch(newest, tmp_path / "fetched")
    assert swapped
    assert [path for path in (tmp_path / "fetched").rglob("*") if path.is_file()] == []


def test_more_than_certificates_can_be_is_refused(lost: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caddys_files, "MOST_BYTES", 600)
    files.folder(lost.config.places.state, mode=0o700)
    (lost.config.places.certificates / "large").write_text("x" * 601)
    with pytest.raises(BackupError, match="has more in it than certificates can be"):
        certificates.back_up(lost.config, Restic(lost.config))
    assert list(lost.config.places.state.iterdir()) == []


@pytest.mark.parametrize("many", [3, 40])
def test_folders_in_folders_end_somewhere(tmp_path: Path, many: int) -> None:
    (tmp_path / "caddy").joinpath(*["deep"] * many).mkdir(parents=True)
    if many > caddys_files.DEEPEST:
        with pytest.raises(BackupError, match="has more in it than certificates can be"):
            caddys_files.take(tmp_path / "caddy", tmp_path / "taken", without="locks")
    else:
        caddys_files.take(tmp_path / "caddy", tmp_path / "taken", without="locks")


def test_an_app_without_a_copy_begins_without_data(lost: Host) -> None:
    other: App = replace(lost.app, name="other", root=lost.app.root.with_name("other"))
    assert bare.bring_back(lost.config, [other])[-1] == "other: the store has no copy of it; it begins without data"
