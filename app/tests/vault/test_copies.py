"""Copies of all data belong together: whoever has an account in one has a vault in it, whatever went on meanwhile."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strongbox.accounts.copy import copied
from strongbox.exceptions import NotFound
from strongbox.services import Services
from strongbox.vault import judgement, mirror, rotation, snapshot
from strongbox.vault.paths import VaultPaths, all_paths
from strongbox.vault.store import VaultStore
from tests.conftest import STRONG

COPIES = 20
PEOPLE = 6


def vaults_and_accounts(folder: Path) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    with copied(folder / "accounts.db") as accounts:
        return {paths.user for paths in all_paths(folder / "users")}, accounts.ids()


def people(parts: Services, count: int = PEOPLE) -> list[uuid.UUID]:
    return [parts.directory.sign_up(f"person-{number}", STRONG).id for number in range(count)]


class Crowd:
    """People who sign up, leave and get new keys while something is copied."""

    def __init__(self, parts: Services) -> None:
        self.parts = parts
        self.over = threading.Event()
        self.turns = {work: threading.Event() for work in (self.come_and_go, self.rotate)}
        self.failures: list[Exception] = []

    def come_and_go(self, number: int) -> None:
        self.parts.directory.sign_up(f"visitor-{number}", STRONG)
        if number % 3 == 0:
            self.parts.directory.close(f"visitor-{number}")

    def rotate(self, number: int) -> None:
        paths = list(all_paths(self.parts.vaults.root))
        with contextlib.suppress(NotFound):
            rotation.rotate(self.parts.vaults, paths[number % len(paths)])

    def a_turn_of_each(self) -> None:
        for turn in self.turns.values():
            turn.clear()
        assert all(turn.wait(60) for turn in self.turns.values()), self.failures

    def _work(self, work: Callable[[int], None]) -> None:
        number = 0
        while not self.over.is_set():
            try:
                work(number)
            except Exception as problem:
                self.failures.append(problem)
            number += 1
            self.turns[work].set()

    def __enter__(self) -> Crowd:
        self.threads = [threading.Thread(target=self._work, args=[work]) for work in self.turns]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()
        assert self.failures == []


def test_a_sign_up_during_a_snapshot_leaves_no_account_without_a_vault(
    parts: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs up when all vaults were listed, the worst moment that there is."""
    [first] = people(parts, 1)

    def listed(root: Path) -> Iterator[VaultPaths]:
        yield from list(all_paths(root))
        parts.directory.sign_up("late", STRONG)

    monkeypatch.setattr(snapshot, "all_paths", listed)
    snapshot.take(parts.settings.data_dir, parts.vaults, tmp_path / "copy")
    assert vaults_and_accounts(tmp_path / "copy") == ({first}, {first})


def test_an_account_whose_vault_goes_during_a_snapshot_is_not_in_it(
    parts: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = people(parts, 2)

    def listed(root: Path) -> Iterator[VaultPaths]:
        found = list(all_paths(root))
        parts.vaults.destroy(second)
        yield from found

    monkeypatch.setattr(snapshot, "all_paths", listed)
    snapshot.take(parts.settings.data_dir, parts.vaults, tmp_path / "copy")
    assert vaults_and_accounts(tmp_path / "copy") == ({first}, {first})


@pytest.mark.parametrize("mirrored", [False, True], ids=["snapshots", "one mirror"])
def test_copies_amid_sign_ups_deletions_and_rotations_are_whole(
    parts: Services, tmp_path: Path, mirrored: bool
) -> None:
    users = set(people(parts))
    with Crowd(parts) as crowd:
        for number in range(COPIES):
            folder = tmp_path / ("mirror" if mirrored else f"copy{number}")
            copy = mirror.bring_up if mirrored else snapshot.take
            assert copy(parts.settings.data_dir, parts.vaults, folder).failures == []
            verdict = judgement.judge(folder, VaultStore(folder / "users", parts.vaults.ring))
            assert verdict.faults == ()
            assert users <= vaults_and_accounts(folder)[1]
            crowd.a_turn_of_each()
