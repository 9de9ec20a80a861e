"""The promises of a change that one line could break: journal, gate, hook, drain, what is kept and chosen."""

# ruff: noqa: ARG002  # an engine that does nothing looks at no argument

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import gate, hook, images
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App, WantedImage
from ansible_collections.slipway.kit.plugins.module_utils.release.change import Change
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Container, DockerError, Engine, Image
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import (
    GateError,
    HookError,
    ImageError,
    LockedError,
    RefusedError,
)
from ansible_collections.slipway.kit.plugins.module_utils.release.front import Front
from ansible_collections.slipway.kit.plugins.module_utils.release.lease import LeaseFile
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Release, State
from ansible_collections.slipway.kit.plugins.module_utils.release.rollback import choose, roll_back
from ansible_collections.slipway.kit.plugins.module_utils.release.session import Session
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

RUNNING = Container("c", "tiny-green", "i", True, False, 0, 0, False, "", {})
DONE: list[str] = []


class NoDocker(Engine):
    """An engine that notes what it is asked to do, and has whatever it is asked for."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.found: Container | None = RUNNING

    def container(self, name: str) -> Container | None:
        return self.found

    def images(self) -> list[Image]:
        return []

    def image(self, reference: str) -> Image | None:
        return None

    def load(self, archive: object, length: int) -> None:
        DONE.append("load")

    def logs(self, name: str, lines: int) -> list[str]:
        return []

    def restart_policy(self, name: str, policy: str) -> None:
        DONE.append("restart policy")

    def stop(self, name: str, grace_s: int) -> None:
        DONE.append(f"stop {name}")

    def remove(self, name: str) -> None:
        pass


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's on a host
    DONE.clear()
    declared = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "hook": ["true"]}
    whole = App.parse(complete([declared])[0])
    for folder in ("live", "state", "data", "secrets"):
        (tmp_path / folder).mkdir()
    return replace(
        whole,
        root=tmp_path,
        live_dir=tmp_path / "live",
        data_dir=tmp_path / "data",
        secrets_dir=tmp_path / "secrets",
        watch_s=0,
        keep_releases=1,
    )


@pytest.fixture
def change(app: App) -> Change:
    leases = LeaseFile(app.root / "state")
    return Change(app, NoDocker(), None, leases, leases.take("tester"))


LOST = "read init-p: connection reset by peer"
BROKEN = "no such image"


@pytest.mark.parametrize(
    ("attempts", "started"), [([""], True), ([LOST, ""], True), ([LOST, LOST], False), ([BROKEN], False)]
)
def test_only_a_container_that_was_lost_while_it_was_made_is_tried_once_more(
    change: Change, monkeypatch: pytest.MonkeyPatch, attempts: list[str], started: bool
) -> None:
    left = iter(attempts)

    def compose(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        told = next(left)
        return subprocess.CompletedProcess([], int(bool(told)), "", told)

    monkeypatch.setattr(subprocess, "run", compose)
    with contextlib.nullcontext() if started else pytest.raises(DockerError, match=attempts[-1]):
        change.start("green", release(1), change.app.processes)
    assert list(left) == []


def release(number: int, state: State = "good", schema: int = 0) -> Release:
    """Return a release; the higher its number, the later it was live."""
    name = f"r{number}"
    return Release(name, f"sha256:{number}", "", schema, "", 0, number, "tester", state, live_at=float(number))


def noted(change: Change, name: str) -> Callable[..., None]:
    """Return an action that notes itself with the step that the journal on the disk names at that moment."""

    def action(*_: object, **__: object) -> None:
        journal = change.records.journal()
        DONE.append(f"{name} during {journal.step if journal else 'nothing'}")

    return action


def test_every_step_is_in_the_journal_before_it_is_done(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "run_hook", noted(change, "hook"))
    monkeypatch.setattr(change, "start", noted(change, "start"))
    monkeypatch.setattr(gate, "wait_until_ready", noted(change, "gate"))
    monkeypatch.setattr(change.records, "switch_to", noted(change, "switch"))
    change.begin("deploy", release(1))
    change.prepare(release(1))
    change.switch(release(1))
    order = ["hook during hook", "start during start", "gate during gate", "restart policy", "switch during switch"]
    assert order == DONE


def test_a_hook_that_fails_starts_nothing(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise HookError("no such table", fix="")

    monkeypatch.setattr(hook, "run_hook", fails)
    monkeypatch.setattr(change, "start", noted(change, "start"))
    change.begin("deploy", release(1))
    with pytest.raises(HookError):
        change.prepare(release(1))
    assert DONE == []


def test_the_old_slot_is_stopped_when_no_request_is_on_it_any_more(
    app: App, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    front = Front(Path("/nowhere"), Path("/nowhere"))
    left = iter([3, 1, 0, 2, 0, 0])

    def requests_on(*_: object) -> int:
        DONE.append("asked")
        return next(left)

    monkeypatch.setattr(Front, "requests_on", requests_on)
    change.front = front
    change.records.switch_to("blue")
    change.records.name_slot("blue", "r1")
    change.begin("deploy", release(2))
    change.finish()
    assert DONE == ["asked"] * 6 + ["stop tiny-blue"], "one look that finds none may be between decision and count"


def answers(monkeypatch: pytest.MonkeyPatch, *statuses: int) -> Iterator[int]:
    """Let the app answer with these, one after the other; returns those it has not given yet."""
    left = iter(statuses)
    monkeypatch.setattr(gate, "probe", lambda *_: gate.Probe(next(left)))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return left


def test_the_gate_wants_its_good_answers_in_a_row(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    left = answers(monkeypatch, 503, 200, 200, 500, 200, 200, 200, 200)
    gate.wait_until_ready(replace(app, gate_successes=3), "green", NoDocker(), app.processes)
    assert list(left) == [200], "three in a row, and not one question more"


@pytest.mark.parametrize("status", [204, 301, 404, 500])
def test_nothing_but_200_opens_the_gate(app: App, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answers(monkeypatch, status, status)
    moments = iter([0.0, 0.0, 0.0, 10.0**6, 10.0**6])
    with pytest.raises(GateError, match=f"last answer: {status}"):
        gate.wait_until_ready(app, "green", NoDocker(), app.processes, clock=lambda: next(moments, 10.0**6))


def test_the_gate_closes_at_once_when_the_container_is_gone(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    left = answers(monkeypatch, 0, 200)
    engine = NoDocker()
    engine.found = replace(RUNNING, running=False, exit_code=3)
    with pytest.raises(GateError, match="exited with code 3"):
        gate.wait_until_ready(app, "green", engine, app.processes)
    assert list(left) == [200]


def test_what_is_live_and_the_one_before_it_are_kept_whatever_the_number(change: Change) -> None:
    for each in (release(1), release(2), release(3), release(4, "bad")):
        change.records.save(each, compose="")
    change.records.switch_to("blue")
    change.records.name_slot("blue", "r1")  # long ago, but it is the one to go back to
    change.begin("deploy", release(3))
    change.prune()
    assert {each.id for each in change.records.releases()} == {"r1", "r3"}


def kept(app: App, *releases: Release) -> Session:
    """Return a session of a host that keeps these."""
    session = Session(app, NoDocker(), None, check_mode=True)
    for each in releases:
        session.records.save(each, compose="")
    return session


def test_the_way_back_leads_to_the_last_good_release_and_never_to_a_bad_or_untried_one(app: App) -> None:
    session = kept(app, release(1), release(2), release(3, "bad"), release(4, "new"), release(5))
    assert choose(session, "", live="r5").id == "r2"
    with pytest.raises(RefusedError, match="r3 is marked bad"):
        choose(session, "r3", live="r5")


def test_where_no_release_is_good_there_is_no_way_back(app: App) -> None:
    with pytest.raises(RefusedError, match="there is no good release to go back to; kept: r2 "):
        choose(kept(app, release(1, "bad"), release(2)), "", live="r2")


def test_data_of_a_newer_schema_closes_the_way_back_unless_forced(app: App) -> None:
    session = kept(app, release(1, schema=1), release(2, schema=2))
    session.records.raise_data_schema(2)
    session.records.name_slot("blue", "r2")
    with pytest.raises(RefusedError, match="r1 reads data of schema 1, but the data has schema 2"):
        roll_back(session, "", "tester", force=False, whole_run=True)
    assert roll_back(session, "", "tester", force=True, whole_run=True).said == ["would go back from r2 to r1"]


def test_an_archive_that_holds_another_image_is_refused(app: App, tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"")
    wanted = WantedImage(
        id="sha256:" + "1" * 64, fingerprint="f", reference="", layers=("sha256:a",), size=1, revision=""
    )
    with pytest.raises(ImageError, match=f"the image that arrived is not sha256:{'1' * 64}"):
        images.load(NoDocker(), app, wanted, tmp_path / "archive")
    assert DONE == ["load"]


def test_a_step_of_a_holder_who_lost_the_lease_is_not_done(change: Change) -> None:
    change.begin("deploy", release(1))
    change.leases.give_back()
    with pytest.raises(LockedError), change.step("switch"):
        DONE.append("done")
    assert DONE == []
