"""Whoever logs in, in whichever way, gets a new key when theirs is due (R0.4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest
from flask import Flask

from strongbox.exceptions import RotationRefused
from strongbox.services import Services
from strongbox.vault import rotation
from strongbox.vault.keyfile import KeyFile, read_key_file
from tests.api.conftest import Program
from tests.conftest import STRONG, Clock
from tests.visitor import Visitor

Way = Literal["page", "program"]
WAYS: tuple[Way, ...] = ("page", "program")


@pytest.fixture
def log_in(app: Flask, anna: Visitor) -> Callable[[Way], int]:
    def log_in(way: Way) -> int:
        if way == "page":
            return Visitor(app).log_in("anna", STRONG).status_code
        return Program(app).log_in("anna").status_code

    return log_in


def key_of_anna(parts: Services) -> KeyFile:
    paths = parts.vaults.paths(parts.directory.named("anna").id)
    return read_key_file(paths.key_file, paths.user)


@pytest.mark.parametrize("way", WAYS)
def test_a_login_replaces_a_key_of_thirty_days_and_leaves_a_younger_one(
    log_in: Callable[[Way], int], parts: Services, clock: Clock, way: Way
) -> None:
    first = key_of_anna(parts)
    clock.forward(timedelta(days=29))
    log_in(way)
    assert key_of_anna(parts) == first
    clock.forward(timedelta(days=1, seconds=1))
    log_in(way)
    assert key_of_anna(parts).active != first.active
    assert key_of_anna(parts).rotated_at == clock.time


@pytest.mark.parametrize(("way", "status"), [("page", 302), ("program", 201)])
def test_a_rotation_that_is_refused_keeps_nobody_out(
    log_in: Callable[[Way], int], clock: Clock, monkeypatch: pytest.MonkeyPatch, way: Way, status: int
) -> None:
    def refuse(*_: object) -> bool:
        raise RotationRefused("no room")

    monkeypatch.setattr(rotation, "rotate_if_older", refuse)
    clock.forward(timedelta(days=31))
    assert log_in(way) == status
