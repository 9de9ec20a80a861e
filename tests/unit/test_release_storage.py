"""A disk that fails late in a change: what is live is looked up, the lease is free, and no word is false."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import (
    audit,
    confinement,
    dispatch,
    files,
    gate,
    starting,
)
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import DockerError, Image
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import LockedError, ReleaseError

from .released import tiny_app
from .test_release_change import NoDocker

IMAGE = "sha256:" + "1" * 64
Answer = dict[str, Any]


class Docker(NoDocker):
    """An engine with the image, whose containers all run."""

    def image(self, reference: str) -> Image | None:
        return Image(reference, "f", (), {}, 1, ())

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        pass


class Host:
    """A host with the app; `fails` decides whether a file can be written, by path and by the journal's step."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = tiny_app(folder)
        self.root = Path(str(self.app["root"]))
        self.journal, self.lease = self.root / "state" / "journal.json", self.root / "state" / "lease.json"
        self.fails: Callable[[Path, str], bool] = lambda _path, _step: False
        self.error = errno.ENOSPC
        for name in ("write", "remove"):
            monkeypatch.setattr(files, name, self.breaking(getattr(files, name)))
        monkeypatch.setattr(audit, "LOG", folder / "audit.jsonl")
        monkeypatch.setattr(dispatch, "Engine", Docker)
        monkeypatch.setattr(starting, "start", self.start)
        monkeypatch.setattr(confinement, "BOOTED", folder / "not")
        monkeypatch.setattr(gate, "wait_until_ready", lambda *_: None)

    def breaking(self, real: Callable[..., None]) -> Callable[..., None]:
        def broken(path: Path, *args: object, **given: object) -> None:
            step = str((files.read_json(self.journal) or {}).get("step", ""))
            if self.fails(path, step):
                raise OSError(self.error, os.strerror(self.error), str(path))
            real(path, *args, **given)

        return broken

    def start(self, records: Any, _engine: object, slot: str, release: Any, _processes: object) -> list[str]:
        records.name_slot(slot, release.id)
        return []

    def deploy(self, compose: str) -> Answer:
        """Deploy; another Compose file is another release."""
        given = {"state": "live", "phase": "all", "owner": "t", "lease": "", "app": self.app, "compose": compose}
        answer: Answer = dispatch.dispatch({**given, "images": {"app": {"id": IMAGE}}, "secrets": {}}, check_mode=False)
        return answer

    @property
    def live(self) -> str:
        slot = "green" if (self.root / "live" / "green").exists() else "blue"
        return (self.root / "live" / f"{slot}.release").read_text()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr(os, "chown", lambda *_: None)  # the folders are root's on a host
    return Host(tmp_path, monkeypatch)


def beside(name: str, *steps: str) -> Callable[[Path, str], bool]:
    """Return a disk on which a file can't be written while the journal names one of the steps."""
    return lambda path, step: path.name == name and (step in steps or not steps)


def refused(host: Host, compose: str) -> ReleaseError:
    with pytest.raises(ReleaseError) as raised:
        host.deploy(compose)
    assert not host.lease.exists(), "the lease is free"
    return raised.value


EARLY = {
    "the journal": beside("journal.json", "start"),
    "the release's record": beside("release.json", ""),
    "the switch": beside("port", "switch"),
    "the journal after the switch": beside("journal.json", "switch"),
    "the records": beside("release.json", "switch"),
}


def once(fails: Callable[[Path, str], bool]) -> tuple[Callable[[Path, str], bool], list[Path]]:
    """Return a disk that fails at the first of such files only, and the list that this file is in then."""
    failed: list[Path] = []

    def fails_once(path: Path, step: str) -> bool:
        if failed or not fails(path, step):
            return False
        failed.append(path)
        return True

    return fails_once, failed


@pytest.mark.parametrize("place", EARLY)
@pytest.mark.parametrize("direction", ["to blue", "to green"])
def test_what_fails_and_is_taken_back_says_what_is_live_and_where_it_failed(
    host: Host, place: str, direction: str
) -> None:
    host.deploy("one")
    if direction == "to green":
        host.deploy("two")
    before = host.live
    host.fails, tried = once(EARLY[place])
    error = refused(host, "three")
    assert tried
    assert (host.live, error.changed, error.code) == (before, False, "disk")
    told = str(error)
    assert told.startswith("The disk is full at /")
    assert f"Visitors get release {before} now.\nNext: `df -h`" in told


def test_what_can_not_be_taken_back_is_not_said_to_be(host: Host) -> None:
    host.deploy("one")
    before = host.live
    full = False

    def fills_up(path: Path, step: str) -> bool:
        """After the switch to blue; the way back to green needs a file."""
        nonlocal full
        full = full or (path.name == "release.json" and step == "switch")
        return full and path != host.lease

    host.fails = fills_up
    error = refused(host, "two")
    assert host.live != before
    assert (error.code, error.changed) == ("take_back", True)
    told = str(error)
    assert f"No space left on device: '{host.root}/live/green'" in told
    assert f"it could not be taken back completely ([Errno 28] No space left on device: '{host.root}/live/gree" in told
    assert f"Visitors get release {host.live} now." in told
    assert "Next: `df -h` and `df -i` on the host show which; make room and deploy again" in told
    host.fails = lambda _path, _step: False
    answer = host.deploy("two")
    assert "finished the interrupted deploy" in answer["msg"], "the next deploy ends it"
    assert not host.journal.exists()


@pytest.mark.parametrize(
    ("number", "what", "following"),
    [
        (errno.EDQUOT, "The disk quota is used up at ", "`repquota -a`"),
        (errno.EROFS, "The file system is read-only at ", "`dmesg | tail` on the host tells why"),
        (errno.EIO, "The disk has an error at ", "`dmesg | tail` on the host names the disk"),
        (errno.EACCES, "tiny: the system refused ", "`slipway status ENV` shows what runs"),
    ],
)
def test_each_refusal_of_the_system_names_its_path_what_is_live_and_the_next_command(
    host: Host, number: int, what: str, following: str
) -> None:
    host.deploy("one")
    host.error = number
    host.fails, _ = once(beside("journal.json", "start"))
    error = refused(host, "two")
    assert str(error).startswith(what)
    assert f"{host.journal}" in str(error)
    assert f"Visitors get release {host.live} now.\nNext: {following}" in str(error)


def test_a_path_that_the_system_does_not_name_is_not_none(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(starting, "start", nameless)
    told = str(refused(host, "one"))
    assert told.startswith(f"The disk is full at a file below {host.root}. No release is live.")


def test_an_audit_line_that_can_not_be_written_is_a_warning(host: Host, tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").symlink_to("/dev/full")
    answer = host.deploy("one")
    assert answer["changed"]
    assert answer["release"] == host.live
    path = tmp_path / "audit.jsonl"
    assert f"the audit line could not be written: [Errno 28] No space left on device: '{path}'" in answer["msg"]
    assert answer["audit"]["result"] == "ok", "it is told, though not kept"
    assert not host.lease.exists()


def test_an_audit_line_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, real = tmp_path / "log", os.write
    audit.write({"n": 1}, log)
    full = iter([True, False])

    def write(descriptor: int, text: bytes) -> int:
        if next(full):
            return real(descriptor, text[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match=f"No space left on device: '{log}'"):
        audit.write({"n": 2}, log)
    assert [json.loads(line) for line in log.read_text().splitlines()] == [{"n": 1}]


def test_a_lease_that_can_not_be_removed_is_a_warning(host: Host) -> None:
    host.error, host.fails = errno.EROFS, beside("lease.json", "")
    taken = False

    def fails(path: Path, _step: str) -> bool:
        nonlocal taken
        again, taken = taken, taken or path == host.lease
        return path == host.lease and again

    host.fails = fails
    answer = host.deploy("one")
    assert answer["release"] == host.live
    assert (
        f"the lease could not be removed and ends by itself: [Errno 30] Read-only file system: '{host.lease}'"
        in (answer["msg"])
    )


@pytest.mark.parametrize(
    "failure", [OSError(errno.EIO, "Input/output error", "/var/lib"), DockerError("Docker is away.", fix="start it")]
)
def test_what_fails_after_a_release_went_live_leaves_it_live_and_says_so(
    host: Host, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fails(*_: object, **__: object) -> list[str]:
        raise failure

    monkeypatch.setattr(dispatch, "stop_orphans", fails)
    given = {"state": "live", "phase": "all", "owner": "t", "lease": "", "app": host.app, "compose": "one"}
    with pytest.raises(ReleaseError) as raised:
        dispatch.dispatch({**given, "images": {"app": {"id": IMAGE}}, "declared": ["tiny"]}, check_mode=False)
    assert raised.value.changed
    assert "taken back" not in str(raised.value)
    assert isinstance(failure, DockerError) or f"Visitors get release {host.live} now." in str(raised.value)


def test_a_run_that_slept_leaves_change_and_lease_to_who_took_over(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.deploy("one")
    heir: list[str] = []

    def sleeps(*_: object) -> list[str]:
        lease = files.read_json(host.lease) or {}
        files.write_json(host.lease, lease | {"token": "heir", "owner": "heir@ci"})
        heir.append(host.journal.read_text())
        return []

    monkeypatch.setattr(starting, "start", sleeps)
    with pytest.raises(LockedError, match="heir@ci took over"):
        host.deploy("two")
    assert (files.read_json(host.lease) or {})["token"] == "heir"
    assert host.journal.read_text() == heir[0], "nothing was taken back"
