"""Review apps on a host: deploys of declared apps leave them alone, and only they can be removed with their data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import audit, orphans, retire
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.asker import Asker
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Container, Engine, Image
from ansible_collections.slipway.kit.plugins.module_utils.release.session import Session
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete


class Apps(Engine):
    """As much of a Docker engine as removing an app needs."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.running = {"shop-blue", "shop-mr-7-green"}
        self.removed: list[str] = []

    def images(self) -> list[Image]:
        return []

    def remove(self, name: str) -> None:
        self.removed.append(name)

    def containers(self, *labels: str) -> list[str]:
        app = labels[0].partition("=")[2]
        return [name for name in self.running if name.rpartition("-")[0] == app]

    def container(self, name: str) -> Container:
        return Container(name, name, "i", name in self.running, False, 0, 0, False, "", {})

    def stop(self, name: str, grace_s: int) -> None:
        assert grace_s > 0
        self.running.discard(name)


@pytest.fixture
def engine() -> Apps:
    return Apps()


@pytest.fixture
def session(tmp_path: Path, engine: Apps, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session about the app `shop-mr-7`, whose folders are below `tmp_path`."""
    monkeypatch.setattr(retire, "prepare_folders", lambda _session: None)
    monkeypatch.setattr(retire, "_remove_network", lambda _project: None)
    monkeypatch.setattr(audit, "LOG", tmp_path / "log" / "audit.jsonl")
    monkeypatch.setattr(audit, "LOG", tmp_path / "log" / "audit.jsonl")
    [declared] = complete([{"name": "shop-mr-7", "domains": ["mr-7.test"], "exposure": "public", "build": "."}])
    app = dataclasses.replace(
        App.parse(declared), root=tmp_path / "apps" / "shop-mr-7", secrets_dir=tmp_path / "secrets" / "shop-mr-7"
    )
    for folder in (app.root / "data", app.root / "state", app.secrets_dir):
        folder.mkdir(parents=True)
    return Session(app, engine, None)


def test_a_review_app_goes_with_its_data_and_secrets(session: Session, engine: Apps) -> None:
    (session.app.root / "review").touch()
    session.records.state_dir.mkdir(exist_ok=True)
    assert retire.retire(session, "ada").changed
    assert not session.app.root.exists()
    assert not session.app.secrets_dir.exists()
    assert engine.removed == ["shop-mr-7-green"], "and nothing of the app that it copies"


def test_an_app_that_no_merge_request_made_keeps_everything(session: Session, engine: Apps) -> None:
    with pytest.raises(retire.RetireError) as refused:
        retire.retire(session, "ada")
    assert "shop-mr-7 is not a review app, so its data is not deleted." in str(refused.value)
    assert (session.app.root / "data").is_dir()
    assert engine.removed == []


def test_a_review_app_that_is_gone_is_no_error(session: Session) -> None:
    session.app.root.joinpath("review").touch()
    session.records.state_dir.mkdir(exist_ok=True)
    retire.retire(session, "ada")
    assert not retire.retire(session, "ada").changed


def test_a_deploy_stops_what_is_not_declared_but_no_review_app(tmp_path: Path, engine: Apps) -> None:
    for app in ("shop", "shop-mr-7"):
        (tmp_path / app).mkdir()
    (tmp_path / "shop-mr-7" / "review").touch()
    done = orphans.stop_orphans(engine, tmp_path, Asker(declared=("blog",)), check_mode=False)
    assert done.stopped == ["shop"]
    assert engine.running == {"shop-mr-7-green"}
