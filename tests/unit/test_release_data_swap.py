"""Another folder takes the place of an app's data; wherever that is left, the data that was there comes back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import confinement
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.data_swap import Begun, DataSwap
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records

from .released import tiny_app


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    monkeypatch.setattr(confinement, "BOOTED", tmp_path / "not")
    app = App.parse(tiny_app(tmp_path))
    (app.data_dir / "who").write_text("former")
    return app


@pytest.fixture
def swap(app: App) -> DataSwap:
    swap = DataSwap(app, Records(app))
    swap.fresh.mkdir()
    (swap.fresh / "who").write_text("fresh")
    return swap


def whose(app: App) -> str:
    return (app.data_dir / "who").read_text()


def test_the_fresh_folder_is_the_data_and_the_former_stays(app: App, swap: DataSwap) -> None:
    begun = swap.begin()
    assert (app.live_dir / "maintenance").exists(), "visitors see the page meanwhile"
    swap.exchange(begun)
    swap.end(begun)
    assert whose(app) == "fresh"
    [former] = swap.former()
    assert (app.root / former / "who").read_text() == "former"
    assert not (app.live_dir / "maintenance").exists()
    assert swap.begun() is None


def test_who_was_in_maintenance_stays_there(app: App, swap: DataSwap) -> None:
    (app.live_dir / "maintenance").touch()
    begun = swap.begin()
    swap.exchange(begun)
    swap.end(begun)
    assert (app.live_dir / "maintenance").exists()


def nothing(app: App, swap: DataSwap, begun: Begun) -> None:
    """It died at once."""


def away(app: App, swap: DataSwap, begun: Begun) -> None:
    """It died between the two renames."""
    app.data_dir.rename(app.root / begun.former)


def away_and_deployed(app: App, swap: DataSwap, begun: Begun) -> None:
    """A deploy came by and made the folder that was missing."""
    away(app, swap, begun)
    app.data_dir.mkdir()


def exchanged(app: App, swap: DataSwap, begun: Begun) -> None:
    """It died after both."""
    swap.exchange(begun)


@pytest.mark.parametrize("died", [nothing, away, away_and_deployed, exchanged])
def test_wherever_it_died_the_former_data_comes_back(
    app: App, swap: DataSwap, died: Callable[[App, DataSwap, Begun], None]
) -> None:
    died(app, swap, swap.begin())
    again = DataSwap(app, Records(app))
    begun = again.begun()
    assert begun
    again.take_back(begun)
    again.take_back(begun)  # it may die as well
    again.end(begun)
    assert whose(app) == "former"
    assert again.former() == []
    assert not (app.live_dir / "maintenance").exists()


def test_of_former_data_the_last_ones_stay(app: App, swap: DataSwap, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        monkeypatch.setattr(time, "strftime", lambda *_, at=number: f"2026112{at}T000000Z")
        swap.fresh.mkdir(exist_ok=True)
        begun = swap.begin()
        swap.exchange(begun)
        swap.end(begun)
    assert swap.former() == ["data.before-20261122T000000Z", "data.before-20261123T000000Z"]
