"""One change at a time, and a dead holder is not a holder."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import lease
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import LockedError
from ansible_collections.slipway.kit.plugins.module_utils.release.lease import LeaseFile


@pytest.fixture
def leases(tmp_path: Path) -> LeaseFile:
    return LeaseFile(tmp_path)


def altered(leases: LeaseFile, **fields: object) -> None:
    leases.path.write_text(json.dumps({**json.loads(leases.path.read_text()), **fields}))


def test_the_second_is_refused_and_told_who_the_first_is(leases: LeaseFile) -> None:
    leases.take("first@laptop")
    with pytest.raises(LockedError, match="first@laptop is changing this app since 20.. UTC".replace("..", r"\d\d.*")):
        leases.take("second@ci")


def test_given_back_it_is_free(leases: LeaseFile) -> None:
    leases.take("first")
    leases.give_back()
    assert leases.holder() is None
    assert leases.take("second").owner == "second"


def test_the_holder_of_the_token_goes_on_with_the_next_phase(leases: LeaseFile) -> None:
    held = leases.take("first")
    leases.renew(held, between_phases=True)
    assert leases.take("first", held.token).token == held.token


@pytest.mark.parametrize(
    "death",
    [
        {"process": 999_999_999},
        {"process_start": 1},
        {"boot": "before the reboot"},
        {"beat": lease.since_boot() - lease.EXPIRY_S - 1},
    ],
    ids=["its process is gone", "another process has its number", "the host was rebooted", "no sign of life"],
)
def test_a_dead_holder_is_replaced(leases: LeaseFile, death: dict[str, object]) -> None:
    leases.take("dead")
    altered(leases, **death)
    assert leases.take("heir").owner == "heir"


def test_between_phases_the_lease_lasts_without_a_process(leases: LeaseFile) -> None:
    held = leases.take("first")
    leases.renew(held, between_phases=True)
    with pytest.raises(LockedError):
        leases.take("second")


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_jump_of_the_clock_neither_ends_nor_prolongs_it(
    leases: LeaseFile, monkeypatch: pytest.MonkeyPatch, jump_s: int
) -> None:
    leases.take("first")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump_s)
    with pytest.raises(LockedError):
        leases.take("second")


def test_a_holder_who_slept_too_long_finds_that_he_was_replaced(leases: LeaseFile) -> None:
    sleeper = leases.take("sleeper")
    altered(leases, beat=0)
    leases.take("heir")
    with pytest.raises(LockedError, match="heir took over"):
        leases.still_mine(sleeper)


def test_rubbish_in_the_file_is_no_holder(leases: LeaseFile) -> None:
    leases.path.write_text("{ cut")
    assert leases.take("first").process == os.getpid()


def test_a_sleeper_who_wakes_does_not_take_the_lease_back(leases: LeaseFile) -> None:
    sleeper = leases.take("sleeper")
    altered(leases, beat=0)
    leases.take("heir")
    leases.renew(sleeper)
    assert json.loads(leases.path.read_text())["owner"] == "heir"
