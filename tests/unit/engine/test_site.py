"""An app's site comes with its release, and goes back with it, wherever a run fails or dies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.config_tree import change as config_tree
from ansible_collections.slipway.kit.plugins.module_utils.release import site as sites
from ansible_collections.slipway.kit.plugins.module_utils.release.change import CHECK_S, FIRST_CHECK_S
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import GateError, SiteError
from ansible_collections.slipway.kit.plugins.module_utils.release.front import Front
from tests.unit.engine.fake_host import Answer, FakeHost

VALIDATE, RELOAD = "validate", "try-reload-or-restart"


class KilledError(BaseException):
    """What a test raises where SIGKILL would end the engine: nothing catches it."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    return FakeHost(tmp_path, monkeypatch)


def deploy(host: FakeHost, version: str, site: str, **fields: object) -> Answer:
    return host.deploy_with({"site": site}, version, **fields)


def site(host: FakeHost) -> str:
    path = host.folder / "caddy/sites/tiny.caddy"
    return path.read_text() if path.exists() else ""


def state(host: FakeHost) -> Path:
    return Path(str(host.app["root"])) / "state"


def former(host: FakeHost) -> bool:
    return (state(host) / sites.FORMER).exists()


def test_a_release_brings_its_site_and_says_so(host: FakeHost) -> None:
    first = deploy(host, "one", "1")
    assert (site(host), former(host)) == ("1", False)
    assert "the site is added: app.test" in first["said"]
    second = deploy(host, "two", "2", domains=["app.test", "www.test"], max_body_mib=32, overlap=False)
    assert site(host) == "2"
    assert "the site is changed: + www.test, max_body_mib 16 -> 32, overlap true -> false" in second["said"]
    assert "site" in second["seconds"]


def test_the_same_site_costs_no_step(host: FakeHost) -> None:
    deploy(host, "one", "1")
    assert "site" not in deploy(host, "two", "1")["seconds"]


def test_a_site_that_changed_alone_arrives_while_the_release_stays(host: FakeHost) -> None:
    first = deploy(host, "one", "1")
    again = deploy(host, "one", "2", redirects=["old.test"])
    assert (again["release"], again["changed"], site(host)) == (first["release"], True, "2")
    assert "the site is changed: + old.test" in again["said"]
    assert host.audit()[-1]["action"] == "site"
    assert deploy(host, "one", "2", redirects=["old.test"])["said"] == [f"{first['release']} is live already"]


def test_what_caddy_refuses_is_refused_before_anything_is_touched(host: FakeHost) -> None:
    deploy(host, "one", "1")
    host.docker.done.clear()
    host.caddy_says[VALIDATE] = "ambiguous site definition"
    for version in ("one", "two"):
        with pytest.raises(SiteError, match="Caddy does not take the site") as refused:
            deploy(host, version, "2")
        assert "ambiguous site definition" in str(refused.value)
    assert (site(host), host.docker.done, former(host)) == ("1", [], False)
    assert [line["result"] for line in host.audit()] == ["ok"], "no deploy was begun"


def test_the_site_goes_back_with_a_release_that_does_not_get_ready(host: FakeHost) -> None:
    first = deploy(host, "one", "1")
    host.answers["tiny-blue"] = 503
    with pytest.raises(GateError) as refused:
        deploy(host, "two", "2")
    assert (site(host), host.live, former(host)) == ("1", first["release"], False)
    assert "the site is as it was before" in str(refused.value)


def test_a_first_release_that_fails_leaves_no_site_behind(host: FakeHost) -> None:
    host.answers["tiny-green"] = 503
    with pytest.raises(GateError):
        deploy(host, "one", "1")
    assert (site(host), former(host)) == ("", False)


def test_a_caddy_that_does_not_reload_ends_the_deploy_with_the_former_site(host: FakeHost) -> None:
    first = deploy(host, "one", "1")
    host.caddy_says[RELOAD] = "reload failed"
    with pytest.raises(SiteError):
        deploy(host, "two", "2")
    host.caddy_says.clear()
    assert (site(host), host.live) == ("1", first["release"])


@pytest.mark.parametrize("at", ["journal", "former", "written", "reloaded"])
def test_killed_around_the_exchange_the_next_deploy_puts_the_site_back(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    first = deploy(host, "one", "1")

    def die(*words: Any, **__: object) -> None:
        if at == "reloaded":
            run(*words)
        raise KilledError

    run = config_tree._run
    places = {"journal": (sites.Site, "write"), "former": (config_tree, "_put")}
    with monkeypatch.context() as patch:
        patch.setattr(*places.get(at, (config_tree, "_run")), die)
        with pytest.raises(KilledError):
            deploy(host, "two", "2")
    assert site(host) == ("2" if at in ("written", "reloaded") else "1")
    (state(host) / "lease.json").unlink()  # nobody renews it, and no minute passes here
    healed = deploy(host, "one", "1")
    assert (healed["release"], site(host), former(host)) == (first["release"], "1", False)
    assert any(said.startswith("took back the interrupted deploy") for said in healed["said"])
    assert not (host.folder / "caddy" / config_tree.MARKER).exists()


def test_a_live_release_on_other_ports_keeps_its_site_until_the_new_one_is_ready(host: FakeHost) -> None:
    deploy(host, "one", "1")
    moved = deploy(host, "one", "2", loopback_port=30100)
    steps = list(moved["seconds"])
    assert steps.index("gate") < steps.index("site") < steps.index("switch")
    assert site(host) == "2"


def test_a_name_that_came_with_the_release_may_wait_for_its_certificate(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(Front, "wait_for", lambda *given: waits.append(given[-1]))
    monkeypatch.setattr(Front, "drain", lambda *_: 0)
    front = {"admin_socket": "/nowhere", "logs": str(host.folder)}
    for version, text in (("one", "1"), ("two", "1"), ("three", "3")):
        host.deploy_with({"site": text, "front": front}, version)
    assert waits == [FIRST_CHECK_S, CHECK_S, FIRST_CHECK_S]
