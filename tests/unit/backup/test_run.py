"""A run is green when a copy of every app was read back from the store, and never otherwise."""

from __future__ import annotations

import fcntl
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import run, state
from ansible_collections.slipway.kit.plugins.module_utils.backup.config import Config
from ansible_collections.slipway.kit.plugins.module_utils.backup.errors import BackupError
from ansible_collections.slipway.kit.plugins.module_utils.backup.restic import Restic
from ansible_collections.slipway.kit.plugins.module_utils.release import commands, files, mirror
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.commands import CommandError
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.lease import Lease, LeaseFile, read_lease
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records

from .conftest import LIVE, PROGRAM, Host

faked = pytest.mark.skipif(not PROGRAM.endswith("fake_restic.py"), reason="restic itself does not fail at will")


def last(host: Host) -> dict[str, object]:
    return state.read(host.config.places.state)["backup"]


def test_a_copy_of_each_app_is_in_the_store_and_comes_back(host: Host, tmp_path: Path) -> None:
    assert host.back_up() == 0, host.said
    [copy] = Restic(host.config).copies("tiny")
    assert copy.tags == {"app": "tiny", "release": LIVE.id, "schema": "0"}
    assert (copy.path, copy.bytes) == (str(host.app.root / "mirror"), 3)
    (tmp_path / "fetched").mkdir()
    Restic(host.config).fetch(copy, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "vault.db").read_text() == "one"
    told = last(host)
    assert (told["ok"], told["last_ok"], told["apps"]["tiny"]["id"]) == (True, told["at"], copy.id)  # type: ignore[index]
    assert host.said == [f"tiny: copy {copy.id[:8]} of 3 bytes is in the store"]


def test_copies_are_told_the_oldest_first(host: Host, tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        host.data["vault.db"] = text
        assert host.back_up() == 0, host.said
    copies = Restic(host.config).copies("tiny")
    assert [each.bytes for each in copies] == [3, 3, 5]
    assert Restic(host.config).copies("other") == []


def test_the_first_copy_is_remembered_as_long_as_there_are_copies(host: Host) -> None:
    """Drills are due from it on, also where every one since was late."""
    assert host.back_up() == 0
    first = last(host)["at"]
    assert host.back_up() == 0
    assert last(host)["first"] == first
    assert last(host)["at"] != first


@faked
def test_a_copy_that_the_store_does_not_have_is_no_copy(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Restic, "back_up", lambda *_: "f" * 64)
    assert host.back_up() == 1
    assert "the store does not have the snapshot ffffffff that was just sent to it" in host.said[-1]
    assert (last(host)["ok"], last(host)["last_ok"]) == (False, 0)


@faked
@pytest.mark.parametrize("code", [1, 3, 11, 12])
def test_every_exit_code_but_0_is_a_failure(host: Host, code: int) -> None:
    assert host.back_up() == 0
    good = last(host)["last_ok"]
    host.fail("backup", code, "it says why")
    assert host.back_up() == 1
    assert f"restic backup ended with code {code} at {host.repository}.\n  it says why\nNext: " in host.said[-1]
    assert (last(host)["ok"], last(host)["last_ok"]) == (False, good)
    host.heal()
    assert host.back_up() == 0


def test_a_mirror_that_fails_ships_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise CommandError("exited with code 1", ["database is locked"])

    assert host.back_up() == 0
    monkeypatch.setattr(commands, "run", fails)
    assert host.back_up() == 1
    assert f"tiny: `mirror` exited with code 1 in the live release {LIVE.id}.\n  database is locked" in host.said[-1]
    assert len(Restic(host.config).copies()) == 1


def test_one_app_that_fails_does_not_keep_the_others_from_their_copies(host: Host) -> None:
    (host.folder / "apps" / "gone" / "mirror").mkdir(parents=True)
    host.config = replace(host.config, apps=("gone", "tiny"))
    assert host.back_up() == 1
    assert "gone: no release of it is live on this host." in host.said[-1]
    assert list(last(host)["apps"]) == ["tiny"]  # type: ignore[call-overload]


def test_before_the_first_release_nothing_is_copied_and_nothing_is_green(host: Host) -> None:
    files.remove(host.app.live_dir / "blue.release")
    assert host.back_up() == 0
    assert host.said == ["no app is live yet: there is nothing to copy"]
    assert state.read(host.config.places.state) == {}


def test_a_live_release_that_knows_no_mirror_is_told(host: Host) -> None:
    Records(host.app).save_declared(LIVE.id, tiny_declared(host))
    assert host.back_up() == 1
    assert host.said[-1] == "tiny: its live release was declared without a `mirror`.\nNext: `slipway deploy ENV tiny`"


def tiny_declared(host: Host) -> dict[str, object]:
    """Return how the live release is declared, without its mirror."""
    known = files.read_json(Records(host.app).declared(LIVE.id)) or {}
    return {**known, "mirror": []}


def test_where_no_app_has_a_mirror_no_run_is_green(host: Host) -> None:
    host.config = replace(host.config, apps=())
    assert host.back_up() == 1
    assert "no app of this host has a `mirror`" in host.said[-1]


def test_a_repository_that_was_emptied_is_not_made_again_in_silence(host: Host) -> None:
    assert host.back_up() == 0
    shutil.rmtree(host.repository)
    assert host.back_up() == 1
    assert "is not the repository that this host's copies are in: it has the id of none, and had " in host.said[-1]
    assert not host.repository.exists()


def test_a_new_host_does_not_follow_the_copies_of_the_one_before(host: Host) -> None:
    assert host.back_up() == 0
    shutil.rmtree(host.config.places.state)  # the host was made again; the store is the old one
    host.data["vault.db"] = ""
    assert host.back_up() == 1
    assert "tiny: the store has 1 copies of it from before this host, the newest of " in host.said[-1]
    assert len(Restic(host.config).copies()) == 1
    assert host.back_up() == 1, "a second try is no other"
    state.take_history(host.config.places.state, ["tiny"])
    assert host.back_up() == 0
    assert len(Restic(host.config).copies()) == 2


def test_a_host_that_copied_before_histories_were_written_down_goes_on(host: Host) -> None:
    assert host.back_up() == 0
    path = host.config.places.state / state.FILE
    known = {name: entry for name, entry in state.read(path.parent).items() if name != "histories"}
    files.write_json(path, known)
    assert host.back_up() == 0


def test_another_repository_in_its_place_gets_nothing(host: Host) -> None:
    assert host.back_up() == 0
    shutil.rmtree(host.repository)
    Restic(host.config).init()
    assert host.back_up() == 1
    assert Restic(host.config).copies() == []


def test_a_second_run_leaves_the_work_to_the_first(host: Host) -> None:
    host.config.places.state.mkdir()
    with (host.config.places.state / "backup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert host.back_up() == 0
    assert host.said == ["another backup is at work; this one leaves it to that."]
    assert not host.repository.exists()


def test_a_run_waits_for_a_release_that_is_being_made(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    leases, busy, looks = LeaseFile(Records(host.app).state_dir), list[bool](), list[int]()
    bring_up = mirror.bring_up

    def recorded(app: App, records: Records, engine: Engine) -> Path:
        busy.append(leases.path.exists())
        return bring_up(app, records, engine)

    def holder(self: LeaseFile) -> Lease | None:
        looks.append(len(looks))
        if len(looks) == 3:
            leases.give_back()
        return read_lease(self.path)

    monkeypatch.setattr(mirror, "bring_up", recorded)
    monkeypatch.setattr(run, "POLL_S", 0.01)
    leases.take("ada")
    monkeypatch.setattr(LeaseFile, "holder", holder)
    assert host.back_up() == 0, host.said
    assert busy == [False]


def test_a_release_that_takes_too_long_is_told(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PATIENCE_S", 0)
    LeaseFile(Records(host.app).state_dir).take("ada")
    assert host.back_up() == 1
    assert "tiny: ada is changing it for more than 0 s; nothing was copied." in host.said[-1]


@faked
def test_the_password_is_in_no_argument_and_no_variable(host: Host) -> None:
    assert host.back_up() == 0
    for verb in ("backup", "snapshots", "init"):
        for words in host.asked(verb):
            assert "correct horse" not in " ".join(words)
            assert words[words.index("--password-file") + 1] == str(host.config.places.secrets / "password")


@faked
def test_what_arrived_is_read_from_the_store_and_not_from_the_cache(host: Host) -> None:
    assert host.back_up() == 0
    assert all("--no-cache" in words for words in host.asked("snapshots"))


def test_a_damaged_configuration_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="is not there or damaged: this host is not told where its copies go"):
        Config.read(tmp_path / "backup.json")
    (tmp_path / "backup.json").write_text('{"apps": [], "pings": {}}')
    with pytest.raises(BackupError, match="is damaged: KeyError"):
        Config.read(tmp_path / "backup.json")
