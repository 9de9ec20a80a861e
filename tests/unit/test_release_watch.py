"""What becomes of a release that is taken back after the switch."""

# ruff: noqa: ARG002  # an engine that does nothing looks at no argument

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import change, gate, watch
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Container, Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import (
    CheckError,
    ReleaseError,
    VisitorsError,
    WatchError,
)
from ansible_collections.slipway.kit.plugins.module_utils.release.front import Front
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Action, Release, State
from ansible_collections.slipway.kit.plugins.module_utils.release.session import Result, Session
from ansible_collections.slipway.kit.plugins.module_utils.release.status import status
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

RUNNING = Container("c", "tiny", "i", True, False, 0, 0, False, "", {})


class NoDocker(Engine):
    """An engine whose containers all run."""

    def container(self, name: str) -> Container | None:
        return RUNNING

    def logs(self, name: str, lines: int) -> list[str]:
        return []

    def remove(self, name: str) -> None:
        pass

    def memory_bytes(self, container_id: str) -> int | None:
        return None


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Return a host where r1 is live in blue; r2, never live, and r0, once good, can follow."""
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's on a host
    monkeypatch.setattr(watch, "PAUSE_S", 0)
    monkeypatch.setattr(Session, "note", lambda *_: {})
    monkeypatch.setattr(Front, "drain", lambda *_: 0)
    monkeypatch.setattr(Front, "certificate", lambda *_: None)
    declared = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "loopback_port": 21000}
    for folder in ("live", "state", "secrets"):
        (tmp_path / folder).mkdir()
    app = replace(
        App.parse(complete([declared])[0]),
        root=tmp_path,
        live_dir=tmp_path / "live",
        secrets_dir=tmp_path / "secrets",
        watch_s=5,
    )
    session = Session(app, NoDocker("/nowhere"), Front(tmp_path / "none", tmp_path))
    states: tuple[State, ...] = ("good", "good", "new")
    for number, state in enumerate(states):
        release = Release(f"r{number}", "sha256:0", "", 0, "", 0, number, "tester", state, live_at=float(number))
        session.records.save(release, compose="")
    session.records.name_slot("blue", "r1")
    session.records.switch_to("blue")
    return session


def taken_back(session: Session, release_id: str, action: Action = "deploy") -> ReleaseError:
    """Switch to a release, watch it and return what took it back."""
    with pytest.raises(ReleaseError) as caught:
        switch_and_watch(session, release_id, action)
    assert session.records.slot_release(session.records.live_slot()) == "r1"
    assert isinstance(caught.value, ReleaseError)
    return caught.value


def switch_and_watch(session: Session, release_id: str, action: Action) -> None:
    with session.changing("tester", Result()) as under_way:
        under_way.begin(action, recorded(session, release_id))
        session.records.name_slot("green", release_id)
        session.records.switch_to("green")
        under_way.watch()


def recorded(session: Session, release_id: str) -> Release:
    release = session.records.release(release_id)
    assert release
    return release


def switch_and_check(session: Session, release: Release) -> None:
    with session.changing("tester", Result()) as under_way:
        under_way.begin("rollback", release)
        session.records.name_slot("green", release.id)
        under_way.switch(release)


def fails_for_visitors(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the new slot be ready and fail on its pages, which visitors notice as soon as the watch looks."""

    def probe(app: App, port: int, path: str, timeout_s: float, client: str = gate.LOOPBACK) -> gate.Probe:
        # A page of a stranger's choice is asked for as if by a stranger.
        assert (client == gate.LOOPBACK) == (path == app.main.readiness_path)
        request = {"client_ip": "192.0.2.1", "method": "GET", "uri": "/"}
        line = {"request": request, "upstream": "127.0.0.1:21001", "upstream_status": 500}
        with (session.app.root / "tiny.log").open("a") as log:
            log.write((json.dumps(line) + "\n") * 5)
        return gate.Probe(500 if (port, path) == (21001, "/") else 200)

    monkeypatch.setattr(gate, "probe", probe)


def states(session: Session) -> dict[str, str]:
    shown = cast("list[dict[str, str]]", status(session)["releases"])
    return {release["id"]: release["state"] for release in shown}


# H2: a stranger must not be able to take a release away for good.
@pytest.mark.parametrize(("release_id", "action", "state"), [("r2", "deploy", "new"), ("r0", "rollback", "good")])
def test_visitors_take_a_release_back_and_leave_it_usable(
    session: Session, monkeypatch: pytest.MonkeyPatch, release_id: str, action: Action, state: str
) -> None:
    fails_for_visitors(session, monkeypatch)
    error = taken_back(session, release_id, action)
    assert isinstance(error, VisitorsError)
    assert "GET / fails where the old release answers" in error.what
    release = recorded(session, release_id)
    assert (release.state, release.reason.startswith("taken back: ")) == (state, True)
    assert states(session)[release_id] == {"new": "taken back", "good": "kept"}[state]


def test_a_caddy_that_does_not_answer_makes_no_release_bad(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change, "CHECK_S", 0)
    with pytest.raises(CheckError):
        switch_and_check(session, recorded(session, "r0"))
    assert session.records.slot_release(session.records.live_slot()) == "r1"
    assert states(session)["r0"] == "kept"


def test_a_release_that_is_not_ready_is_bad(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "probe", lambda *_, **__: gate.Probe(503))
    assert isinstance(taken_back(session, "r2"), WatchError)
    assert states(session)["r2"] == "bad"


def test_a_release_that_is_not_ready_is_bad_however_few_looks_fit_in(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that visitors chose may take longer to ask than the watch lasts."""
    monkeypatch.setattr(gate, "probe", lambda *_, **__: gate.Probe(503))
    monkeypatch.setattr(watch, "PAUSE_S", 1.5)
    session.app = replace(session.app, watch_s=1)
    assert isinstance(taken_back(session, "r2"), WatchError)


def test_a_release_that_is_well_stays(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "probe", lambda *_, **__: gate.Probe(200))
    session.app = replace(session.app, watch_s=1)
    switch_and_watch(session, "r2", "deploy")
    assert session.records.slot_release(session.records.live_slot()) == "r2"
