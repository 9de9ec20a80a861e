"""Power is lost at any instant of writing and rotating (control B-07, fault Z-18)."""

from __future__ import annotations

import random
import sys
import uuid
from pathlib import Path

from strongbox.secret import Secret
from strongbox.vault import rotation
from strongbox.vault.keyring import KeyRing
from strongbox.vault.paths import VaultPaths
from strongbox.vault.store import VaultStore
from tests.vault import power
from tests.vault.conftest import Shelf, is_pending


def test_power_loss_at_any_instant_loses_no_acknowledged_write(
    store: VaultStore, paths: VaultPaths, shelf: Shelf, kek: dict[int, Secret], tmp_path: Path
) -> None:
    """Each state that a disk could be in is put there and opened, after each system call of a program at work."""
    shelf.add("before/a", "before/b")
    disk = power.Disk(paths.folder)
    command = [sys.executable, "-m", "tests.vault.test_power_loss", str(store.root), str(paths.user)]
    power.traced([*command, kek[1].reveal().hex()], tmp_path / "trace")
    acknowledged, chance, seen = {"before"}, random.Random(18), set()
    for call in power.calls(tmp_path / "trace"):
        if call.path == power.STANDARD_OUTPUT:
            acknowledged.update(call.strings[0].decode().split())
        elif not disk.do(call):
            continue
        for left in (disk.left(), disk.left(safe_only=True), disk.left_by(chance), disk.left_by(chance)):
            state = hash((frozenset(left.items()), len(acknowledged)))
            if state not in seen:
                seen.add(state)
                put(paths.folder, left)
                require_all(shelf, acknowledged, f"after {len(seen)} states, at {call.name} {call.path}")
    assert acknowledged == {"before", "0", "1", "2", "3"}
    assert not is_pending(paths)
    print(f"{len(seen)} states of the disk, 0 writes lost")
    assert len(seen) > 200, "too few states for this test to mean anything"


def put(folder: Path, files: dict[str, bytes]) -> None:
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def require_all(shelf: Shelf, acknowledged: set[str], moment: str) -> None:
    titles = set(shelf.titles())
    names = {title.partition("/")[0] for title in titles}
    assert acknowledged <= names, moment
    assert titles == {f"{name}/{half}" for name in names for half in "ab"}, moment
    with shelf.store.opened(shelf.user) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], moment
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == [], moment


def work(root: Path, user: uuid.UUID, key: bytes) -> None:
    """Write and rotate in turn; a number is printed when its write is acknowledged."""
    store = VaultStore(root, KeyRing({1: Secret(key)}))
    for number in range(4):
        Shelf(store, user).add(f"{number}/a", f"{number}/b")
        print(number, flush=True)
        rotation.rotate(store, store.paths(user))


if __name__ == "__main__":
    work(Path(sys.argv[1]), uuid.UUID(sys.argv[2]), bytes.fromhex(sys.argv[3]))
