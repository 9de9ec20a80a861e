"""Two projects on one host: each has its own apps, and takes nothing of the other's without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import dispatch
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import RefusedError
from ansible_collections.slipway.kit.plugins.module_utils.release.labels import APP_LABEL
from ansible_collections.slipway.kit.plugins.module_utils.release.register import Entry, Register
from tests.unit.engine.fake_host import Answer, FakeHost

OURS = {"project": "git.test/ours", "inventory": "production", "declared": ["tiny"]}
BLOG = Entry("blog", "git.test/theirs", "live", "public", ("blog.test",), (31000, 31001), mirror=False, since=1.0)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    host = FakeHost(tmp_path, monkeypatch)
    monkeypatch.setattr(dispatch, "APPS", tmp_path / "apps")
    return host


def runs(host: FakeHost, app: str) -> None:
    """Let another app run on the host, with a site."""
    (host.folder / "apps" / app).mkdir()
    sites = host.folder / "caddy/sites"
    sites.mkdir(parents=True, exist_ok=True)
    (sites / f"{app}.caddy").write_text(app)
    host.docker.make(f"{app}-green", {APP_LABEL: app}, ())


def sites(host: FakeHost) -> set[str]:
    return {path.stem for path in (host.folder / "caddy/sites").glob("*.caddy")}


def deploy(host: FakeHost, given: Answer | None = None, **fields: object) -> Answer:
    return host.deploy_with({**OURS, "site": "t", **(given or {})}, "one", **fields)


def test_a_deploy_writes_down_whose_the_app_is(host: FakeHost) -> None:
    deploy(host, domains=["app.test"], redirects=["www.test"], loopback_port=30100)
    [entry] = Register().entries().values()
    assert (entry.app, entry.project, entry.inventory) == ("tiny", "git.test/ours", "production")
    assert (entry.names, entry.ports) == (("app.test", "www.test"), (30100, 30101))


def test_the_other_projects_app_is_left_alone_and_named(host: FakeHost) -> None:
    runs(host, "blog")
    Register().declare(BLOG)
    answer = deploy(host)
    assert "left alone: blog of git.test/theirs (inventory live)" in answer["said"]
    assert "blog-green" in host.docker.running()
    assert sites(host) == {"tiny", "blog"}


def test_what_this_project_does_not_declare_any_more_is_stopped_with_its_site(host: FakeHost) -> None:
    runs(host, "old")
    Register().declare(
        Entry("old", "git.test/ours", "production", "public", ("old.test",), (), mirror=False, since=1.0)
    )
    answer = deploy(host)
    assert answer["said"][-2:] == [
        "removed the sites of what is not declared any more: old",
        "stopped what is not declared any more: old",
    ]
    assert "old-green" not in host.docker.running()
    assert sites(host) == {"tiny"}
    assert (host.folder / "apps/old").is_dir(), "its data stays"
    old = Register().entries()["old"]
    assert (old.names, bool(old.stopped)) == ((), True)
    assert not [said for said in deploy(host)["said"] if "old" in said]


def test_the_last_app_that_goes_is_stopped_too(host: FakeHost) -> None:
    deploy(host)
    answer = host.drive(host.app, state="pruned", **{**OURS, "declared": []})
    assert (answer["changed"], host.docker.running(), sites(host)) == (True, set(), set())
    assert not host.drive(host.app, state="pruned", **{**OURS, "declared": []})["changed"]


def test_what_nobody_is_registered_for_goes_only_with_a_word(host: FakeHost) -> None:
    runs(host, "old")
    [said] = [said for said in deploy(host)["said"] if "old" in said]
    assert said == "left alone, as no project is registered for them: old (--prune stops them)"
    assert "old-green" in host.docker.running()
    assert "stopped what is not declared any more: old" in deploy(host, {"prune": True})["said"]
    assert host.docker.running() == {"tiny-green"}
    assert not [said for said in deploy(host)["said"] if "old" in said]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"domains": ["blog.test"]}, "App tiny declares blog.test, which belongs to app blog of another project"),
        ({"redirects": ["blog.test"]}, "App tiny declares blog.test, which belongs to app blog of another project"),
        ({"loopback_port": 31000}, "App tiny has the loopback port 31000, which belongs to app blog of another"),
    ],
)
def test_a_name_or_port_of_another_project_is_refused(host: FakeHost, fields: Answer, says: str) -> None:
    Register().declare(BLOG)
    with pytest.raises(RefusedError) as refused:
        deploy(host, **fields)
    assert says in str(refused.value)
    assert host.docker.done == []
    assert list(Register().entries()) == ["blog"]


def test_an_app_of_another_project_is_refused_and_taken_over_with_a_word(host: FakeHost) -> None:
    theirs = {**OURS, "project": "git.test/theirs"}
    host.deploy_with(theirs, "one")
    with pytest.raises(RefusedError, match=r"App tiny of this host was declared by another project, git\.test/theirs"):
        deploy(host)
    with pytest.raises(RefusedError, match="`slipway site ENV --adopt`"):
        host.drive(host.app, state="maintenance", **OURS)
    assert "took it over from git.test/theirs (inventory production)" in deploy(host, {"adopt": True})["said"]
    with pytest.raises(RefusedError, match=r"declared by another project, git\.test/ours"):
        host.deploy_with(theirs, "one")


def test_an_app_that_takes_the_name_of_one_that_is_gone_would_go_without_its_data(host: FakeHost) -> None:
    runs(host, "shop")
    shop = Entry("shop", "git.test/ours", "production", "public", ("app.test",), (), mirror=False, since=1.0)
    Register().declare(shop)
    with pytest.raises(RefusedError) as refused:
        deploy(host)
    assert "App tiny declares app.test, which belongs to app shop: that is not declared any more" in str(refused.value)
    assert "call the app shop again to go on with its data" in str(refused.value)
    assert "shop-green" in host.docker.running()
    Register().stop("shop", 2.0)  # the way out: a deploy without that name has stopped it
    assert deploy(host)["release"] == host.live


def test_another_projects_app_is_not_forgotten(host: FakeHost) -> None:
    host.deploy_with({**OURS, "project": "git.test/theirs"}, "one")
    nothing = {**OURS, "declared": []}
    assert host.drive(host.app, state="forgettable", **nothing)["said"] == []
    with pytest.raises(RefusedError, match="declared by another project"):
        host.drive(host.app, state="forgotten", **nothing)
    host.drive(host.app, state="forgotten", **{**nothing, "project": "git.test/theirs"})
    assert Register().entries() == {}


def test_a_damaged_entry_counts_for_none(host: FakeHost) -> None:
    Register().declare(BLOG)
    (host.folder / "register/blog.fact").write_text('{"app": "blog"}')
    assert Register().entries() == {}
    assert deploy(host)["changed"]


def test_the_app_of_a_merge_request_is_nobodys(host: FakeHost) -> None:
    host.deploy_with({**OURS, "declared": None}, "one")
    assert Register().entries() == {}


def test_who_names_no_project_registers_nothing(host: FakeHost) -> None:
    Register().declare(BLOG)
    host.deploy("one", domains=["blog.test"])
    assert list(Register().entries()) == ["blog"]
