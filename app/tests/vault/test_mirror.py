"""The mirror: what did not change keeps its bytes and times, what changed is there, and a kill does no harm."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from strongbox.services import Services
from strongbox.vault import cipher, judgement, mirror, rotation
from strongbox.vault.paths import VaultPaths
from strongbox.vault.store import VaultStore
from tests.conftest import STRONG
from tests.vault import dying
from tests.vault.conftest import Shelf, key_of

DAY_NS = 86_400 * 10**9

States = dict[str, tuple[int, int, int]]


@pytest.fixture
def users(parts: Services) -> list[uuid.UUID]:
    found = [parts.directory.sign_up(f"person-{number}", STRONG).id for number in range(3)]
    for user in found:
        rest(parts.vaults.paths(user))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


def rest(paths: VaultPaths) -> None:
    """Let a vault's files be a day old, as if nobody had written for as long."""
    for file in (paths.database, paths.key_file):
        changed_ns = file.stat().st_mtime_ns - DAY_NS
        os.utime(file, ns=(changed_ns, changed_ns))


def bring_up(parts: Services, folder: Path) -> mirror.Report:
    report = mirror.bring_up(parts.settings.data_dir, parts.vaults, folder)
    assert report.failures == []
    return report


def faults(parts: Services, folder: Path) -> tuple[str, ...]:
    return judgement.judge(folder, VaultStore(folder / "users", parts.vaults.ring)).faults


def states(folder: Path) -> States:
    """Return each file but the manifest with its inode, its time of change and the time of its content."""
    found = {path: path.stat() for path in folder.rglob("*") if path.name != "manifest.json"}
    return {
        str(path.relative_to(folder)): (stat.st_ino, stat.st_ctime_ns, stat.st_mtime_ns)
        for path, stat in found.items()
        if path != folder
    }


def test_what_did_not_change_is_not_touched(parts: Services, users: list[uuid.UUID], folder: Path) -> None:
    assert bring_up(parts, folder).copied == 3
    before = states(folder)
    assert bring_up(parts, folder).copied == 0
    assert states(folder) == before
    Shelf(parts.vaults, users[0]).add("new")
    assert bring_up(parts, folder).copied == 1
    changed = {name.split("/")[2] for name, state in states(folder).items() if before[name] != state and "." in name}
    assert changed == {str(users[0])}
    assert Shelf(VaultStore(folder / "users", parts.vaults.ring), users[0]).titles() == ["new"]


def test_a_rotated_vault_is_copied_with_its_key(parts: Services, users: list[uuid.UUID], folder: Path) -> None:
    bring_up(parts, folder)
    rotation.rotate(parts.vaults, parts.vaults.paths(users[1]))
    assert bring_up(parts, folder).copied == 1
    assert faults(parts, folder) == ()


def test_a_write_in_the_same_tick_of_the_clock_is_not_missed(
    parts: Services, users: list[uuid.UUID], folder: Path
) -> None:
    """A second write leaves size and time as they were when the first was copied: a file system counts in ticks."""
    paths = parts.vaults.paths(users[0])
    shelf = Shelf(parts.vaults, users[0])
    shelf.add("first")
    before = paths.database.stat()
    bring_up(parts, folder)
    shelf.add("second")
    os.utime(paths.database, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert paths.database.stat().st_size == before.st_size
    bring_up(parts, folder)
    assert set(Shelf(VaultStore(folder / "users", parts.vaults.ring), users[0]).titles()) == {"first", "second"}


def test_who_left_is_not_in_it_any_more(parts: Services, users: list[uuid.UUID], folder: Path) -> None:
    bring_up(parts, folder)
    parts.directory.close("person-0")
    bring_up(parts, folder)
    assert not VaultPaths(folder / "users", users[0]).folder.exists()
    assert faults(parts, folder) == ()


def test_what_a_crash_left_in_the_log_is_in_it(parts: Services, users: list[uuid.UUID], folder: Path) -> None:
    """The process died between a commit and the moment at which the log is emptied into the database."""
    bring_up(parts, folder)
    paths = parts.vaults.paths(users[0])

    def commit_and_die() -> None:
        with cipher.opened(paths.database, key_of(parts.vaults, paths)) as connection:
            connection.execute("CREATE TABLE canary (x)")
            dying.kill_myself()

    assert dying.dies(commit_and_die)
    assert paths.database.with_name("records.db-wal").stat().st_size > 0
    bring_up(parts, folder)
    copy = VaultPaths(folder / "users", users[0])
    with cipher.opened(copy.database, key_of(parts.vaults, copy)) as connection:
        assert connection.execute("SELECT count(*) FROM canary").fetchone() == (0,)


@pytest.mark.parametrize("instant", range(1, 8))
def test_one_that_is_killed_is_not_taken_for_a_copy_and_mended_by_the_next(
    parts: Services, users: list[uuid.UUID], folder: Path, monkeypatch: pytest.MonkeyPatch, instant: int
) -> None:
    bring_up(parts, folder)
    for user in users:
        rotation.rotate(parts.vaults, parts.vaults.paths(user))
        rest(parts.vaults.paths(user))
    replace: Callable[[Path, Path], Path] = Path.replace
    left = [instant]

    def until_killed(source: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            dying.kill_myself()
        return replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", until_killed)
        patched.setattr(os, "sync", dying.kill_myself)  # after the last of the six
        assert dying.dies(lambda: bring_up(parts, folder) and None)
    assert "it has no manifest, so it is not a finished copy" in faults(parts, folder)
    bring_up(parts, folder)
    assert faults(parts, folder) == ()


def test_after_a_kill_equal_times_are_not_trusted(parts: Services, users: list[uuid.UUID], folder: Path) -> None:
    """Power loss may keep a file's size and time, and lose its content."""
    bring_up(parts, folder)
    (folder / "manifest.json").unlink()
    copy = VaultPaths(folder / "users", users[0]).database
    stat = copy.stat()
    copy.write_bytes(bytes(stat.st_size))
    os.utime(copy, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
    assert bring_up(parts, folder).copied == 1
    assert faults(parts, folder) == ()


def test_a_vault_that_cannot_be_copied_keeps_its_former_copy(
    parts: Services, users: list[uuid.UUID], folder: Path
) -> None:
    bring_up(parts, folder)
    paths = parts.vaults.paths(users[0])
    paths.key_file.write_bytes(b"{}")
    report = mirror.bring_up(parts.settings.data_dir, parts.vaults, folder)
    assert [user for user, _ in report.failures] == [users[0]]
    assert faults(parts, folder) == ("it has no manifest, so it is not a finished copy",)


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda copy, _: flip(copy.database, 5000), "vault {user}: 1 pages are not as they were"),
        (lambda copy, _: copy.database.unlink(), "vault {user}: The database is damaged"),
        (lambda copy, _: copy.key_file.write_bytes(b"{}"), "vault {user}: The vault's key file is missing, damaged"),
        (lambda copy, other: shutil.copy(other.key_file, copy.key_file), "vault {user}: The vault's key file"),
        (lambda copy, other: shutil.copy(other.database, copy.database), "vault {user}: The database is damaged"),
        (lambda copy, _: shutil.rmtree(copy.folder), "account {user} has no vault"),
        (lambda copy, _: flip(copy.root.parent / "accounts.db", 16), "accounts.db: "),
        (lambda copy, _: (copy.root.parent / "accounts.db").unlink(), "accounts.db: unable to open database file"),
        (lambda copy, _: (copy.root.parent / "manifest.json").unlink(), "it has no manifest"),
    ],
    ids=["page", "database", "key", "other key", "other database", "vault", "accounts", "no accounts", "manifest"],
)
def test_the_judge_names_what_is_wrong(
    parts: Services,
    users: list[uuid.UUID],
    folder: Path,
    harm: Callable[[VaultPaths, VaultPaths], object],
    said: str,
) -> None:
    bring_up(parts, folder)
    assert faults(parts, folder) == ()
    harm(VaultPaths(folder / "users", users[0]), VaultPaths(folder / "users", users[1]))
    assert any(fault.startswith(said.format(user=users[0])) for fault in faults(parts, folder))
    assert "\n" not in str(judgement.judge(folder, VaultStore(folder / "users", parts.vaults.ring)))


def test_a_copy_that_lacks_a_person_altogether_is_not_whole(
    parts: Services, users: list[uuid.UUID], folder: Path
) -> None:
    bring_up(parts, folder)
    smaller = folder.with_name("smaller")
    parts.directory.close("person-0")
    bring_up(parts, smaller)
    shutil.copy(folder / "manifest.json", smaller)
    assert faults(parts, smaller) == ("its manifest says 3 vaults, 3 accounts",)
