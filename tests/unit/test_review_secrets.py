"""A review app runs the code of a branch: its secrets are made up on its host, and none is the declared app's."""

from __future__ import annotations

import dataclasses
import importlib.util
import types
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.made_up import made_up
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["kek", "secret_key"]
APP: dict[str, object] = {"name": "shop-mr-7", "all_secrets": NAMES}


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The app `shop-mr-7`, whose secrets are below `tmp_path`."""
    [declared] = complete([{"name": "shop-mr-7", "domains": ["mr-7.test"], "exposure": "public", "build": "."}])
    (tmp_path / "secrets").mkdir()
    return dataclasses.replace(App.parse(declared), secrets_dir=tmp_path / "secrets")


def revealed(app: App, *, check_mode: bool = False) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in made_up(app, NAMES, check_mode=check_mode).items()}


def test_made_up_secrets_have_the_form_of_their_name_and_stay_for_the_next_deploy(app: App) -> None:
    first = revealed(app)
    assert first["kek"].startswith("1:")
    assert len(first["secret_key"]) == 43
    assert revealed(app) == first


def test_only_root_reads_what_was_made_up(app: App) -> None:
    revealed(app)
    folder = app.secrets_dir / ".made-up"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o400}


def test_a_rehearsal_keeps_nothing(app: App) -> None:
    assert set(revealed(app, check_mode=True)) == set(NAMES)
    assert list(app.secrets_dir.iterdir()) == []


@pytest.fixture(scope="module")
def action() -> types.ModuleType:
    """The action plugin `release`."""
    spec = importlib.util.spec_from_file_location("release_action", ROOT / "plugins" / "action" / "release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_declared_as_public_is_given_and_the_rest_made_up(action: types.ModuleType) -> None:
    assert action.review_secrets(APP, {}) == {"secrets": {}, "made_up": NAMES}
    fixed = {"secret_key": "for tests"}
    assert action.review_secrets(APP, fixed) == {"secrets": fixed, "made_up": ["kek"]}


def test_a_value_for_a_secret_that_the_app_does_not_have_is_refused(action: types.ModuleType) -> None:
    with pytest.raises(AnsibleActionFail, match="shop-mr-7 has no secret secret_kye; it has kek, secret_key"):
        action.review_secrets(APP, {"secret_kye": "x"})


def test_no_task_of_a_review_app_knows_the_secrets_of_the_declared_one() -> None:  # I-08
    tasks = (ROOT / "roles" / "app" / "tasks" / "review.yml").read_text()
    assert 'review_secrets: "{{ app_review_secrets[app_only] | default({}) }}"' in tasks
    assert "slipway_secrets" not in tasks
