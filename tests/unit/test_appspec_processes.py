"""The further processes of an app: what they take from each other, and what is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import files, routes
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.process import Process, page_of_all, server_of
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete

Table = dict[str, Any]
FRONTEND: Table = {"build": "frontend", "port": 8080, "path": "/", "readiness_path": "/up"}


def shop(processes: Table, **fields: object) -> Table:
    declared = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": "backend"}
    return dict(complete([{**declared, **fields, "processes": processes}])[0])


def container(app: Table, name: str) -> Table:
    return next(dict(each) for each in app["containers"] if each["name"] == name)


def test_an_app_without_processes_has_one_container() -> None:
    app = shop({})
    assert [each["name"] for each in app["containers"]] == ["app"]
    assert container(app, "app")["slots"] == app["slots"]
    assert list(app["images"]) == ["app"]


def test_a_process_without_an_image_takes_the_apps_with_env_secrets_and_limits() -> None:
    app = shop({"worker": {"command": ["work"], "env": {"B": "2"}}}, env={"A": "1"}, secrets=["key"], memory_mib=300)
    worker = container(app, "worker")
    assert (worker["image"], worker["secrets"], worker["memory_mib"], worker["data"]) == ("app", ["key"], 300, True)
    assert worker["env"] == {"A": "1", "B": "2"}
    assert worker["slots"] == {}


def test_a_process_with_an_image_of_its_own_gets_nothing_that_it_does_not_name() -> None:
    app = shop({"frontend": FRONTEND}, path="/api", env={"A": "1"}, secrets=["key"], memory_mib=300)
    frontend = container(app, "frontend")
    assert (frontend["image"], frontend["env"], frontend["secrets"], frontend["data"]) == ("frontend", {}, [], False)
    assert frontend["memory_mib"] == 256
    assert frontend["slots"]["green"]["port"] == frontend["slots"]["blue"]["port"] + 1


def test_like_takes_from_the_process_that_it_names() -> None:
    worker = {"build": "backend", "target": "worker", "secrets": ["key"], "memory_mib": 500}
    app = shop({"worker": worker, "beat": {"like": "worker", "command": ["beat"], "single": True}})
    beat = container(app, "beat")
    assert (beat["image"], beat["secrets"], beat["memory_mib"], beat["single"]) == ("worker", ["key"], 500, True)
    assert app["all_secrets"] == ["key"]


def test_the_same_build_is_one_image() -> None:
    worker: Table = {"build": "backend", "target": "worker"}
    app = shop({"api": {"build": "backend"}, "worker": worker, "mailer": {**worker, "command": ["mail"]}})
    assert list(app["images"]) == ["app", "worker"]
    assert container(app, "mailer")["image"] == "worker"
    assert container(app, "api")["image"] == "app"


def test_replicas_have_names_of_their_own() -> None:
    app = shop({"worker": {"replicas": 3}})
    assert [each["name"] for each in app["containers"]] == ["app", "worker", "worker-2", "worker-3"]


@pytest.mark.parametrize(
    ("processes", "said"),
    [
        (
            {"worker": {"like": "wroker"}},
            r"processes.worker.like: there is no process 'wroker' \(did you mean `worker`",
        ),
        ({"a": {"like": "b"}, "b": {"like": "a"}}, "processes.a.like: a -> b -> a goes round in a circle"),
        ({"a": {"like": "a"}}, "processes.a.like: a -> a goes round in a circle"),
        ({"app": {}}, "processes.app: the kit uses this name itself"),
        ({"blue": {}}, "processes.blue: the kit uses this name itself"),
        ({"Worker": {}}, "processes.Worker: the name has not the right form. .* Write `worker`"),
        ({"worker": "work"}, "processes.worker: a mapping is expected, this is 'work'"),
        ({"worker": {"comand": ["x"]}}, r"processes.worker.comand: unknown key \(did you mean `command`"),
        ({"worker": {"replicas": 2}, "worker-2": {}}, "processes.worker-2: replicas of `worker` have such names"),
        ({"worker": {"path": "/w"}}, "processes.worker.path: it is for processes that serve visitors"),
        ({"worker": {"loopback_port": 21000}}, "processes.worker.loopback_port: it is for processes that serve"),
        ({"worker": {"target": "worker"}}, "processes.worker.target: it says how to build, and there is no `build`"),
        ({"worker": {"image": "shop:1"}}, "processes.worker.image: 'shop:1' is not pinned"),
        ({"worker": {"build": "x", "image": "i@sha256:0"}}, "`image` .* and `build` .* exclude each other"),
        ({"worker": {"single": True, "replicas": 2}}, "processes.worker.replicas: `single` never lets two run"),
        ({"worker": {"env": {"RELEASE": "x"}}}, "processes.worker.env.RELEASE: the kit sets it"),
        ({"pages": {"port": 80}}, "processes.pages.path: missing"),
        ({"pages": {"port": 80, "path": "/"}}, "processes.pages.path: / is served by `app` already"),
        ({"a": {"port": 80, "path": "/x"}, "b": {"port": 80, "path": "/x/"}}, "/x/ is served by `a` already"),
        ({"pages": {"port": 80, "path": "/p", "single": True}}, "processes.pages.single: not with a `port`"),
        ({"pages": {"port": 80, "path": "/p", "ready": ["x"]}}, "processes.pages.ready: not with a `port`"),
        ({"pages": {"port": 80, "path": "/p", "replicas": 2}}, "processes.pages.replicas: not with a `port`"),
        (["worker"], "processes: a mapping of names is expected"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_its_path(processes: Any, said: str) -> None:
    with pytest.raises(AppSpecError, match=said):
        shop(processes)


def test_somebody_has_to_serve_the_root() -> None:
    with pytest.raises(AppSpecError, match=r"slipway_apps\[0\].path: nobody serves /"):
        shop({}, path="/api")


def test_slots_that_never_overlap_have_one_server_and_any_number_of_workers() -> None:
    shop({"worker": {}}, overlap=False)
    with pytest.raises(AppSpecError, match="`overlap: false` only the app itself serves visitors"):
        shop({"pages": {"port": 80, "path": "/p"}}, overlap=False)


def test_two_processes_do_not_get_the_same_port() -> None:
    with pytest.raises(AppSpecError, match="loopback port 21000 is taken by"):
        shop({"pages": {"port": 80, "path": "/p", "loopback_port": 21000}}, loopback_port=21000)


PARTS = (
    Process("app", ports={"blue": 1, "green": 2}, path="/api"),
    Process("frontend", ports={"blue": 3, "green": 4}, path="/", readiness_path="/up"),
    Process("admin", ports={"blue": 5, "green": 6}, path="/api/admin/"),
    Process("worker"),
)


@pytest.mark.parametrize(
    ("page", "server"),
    [
        ("/", "frontend"),
        ("/api", "app"),
        ("/api?page=2", "app"),
        ("/api/", "app"),
        ("/apis", "frontend"),
        ("/api/admin", "admin"),
        ("/api/admin/users", "admin"),
        ("/api/administer", "app"),
    ],
)
def test_the_longest_path_that_fits_serves_a_page(page: str, server: str) -> None:
    assert server_of(PARTS, page).name == server


def test_a_page_of_all_is_one_that_its_own_process_gets() -> None:
    assert page_of_all(PARTS) == "/up", "/readyz of the app would be asked of the frontend"
    assert page_of_all(PARTS[1:2]) == "/up"


def test_routes_name_each_part_of_the_slot_the_longest_first() -> None:
    told = routes.text("green", PARTS, Path("/live")).splitlines()
    assert [line.strip() for line in told if "path " in line] == ["path /api/admin /api/admin/*", "path /api /api/*"]
    assert [line.strip() for line in told if "import" in line] == [f"import slot 127.0.0.1:{n} 3" for n in (6, 2, 4)]
    assert [line.strip() for line in told if "try_files" in line] == [
        f"try_files /{routes.guard('green', PARTS[at])}" for at in (2, 0, 1)
    ]
    assert routes.text("green", [PARTS[1], PARTS[3]], Path("/live")) == "", "the site itself knows the one"


def test_only_a_route_that_is_new_to_caddy_has_it_read_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reloads: list[object] = []

    def run(command: object, **_: object) -> Done:
        reloads.append(command)
        return Done()

    monkeypatch.setattr(subprocess, "run", run)
    live, caddy = tmp_path / "live", tmp_path / "caddy"
    live.mkdir()
    (caddy / "sites").mkdir(parents=True)
    monkeypatch.setattr(files, "folder", lambda path, mode: path.mkdir(mode, exist_ok=True))
    shops = routes.Routes("shop", live, caddy)
    (caddy / "sites" / "shop.caddy").write_text(routes.text("green", PARTS, live))
    shops.write("green", PARTS)
    assert reloads == []
    assert sorted(each.name for each in live.iterdir()) == sorted(routes.guard("green", each) for each in PARTS[:3])
    shops.write("blue", PARTS)
    assert len(reloads) == 1, "the site knows the routes of green only"
    (caddy / "sites" / "shop.caddy").write_text("")
    shops.write("green", PARTS)
    assert len(reloads) == 1, "the release's own file has them"
    shops.write("green", PARTS[:1])
    assert len(reloads) == 1
    assert {each.name.partition(".")[0] for each in live.iterdir()} == {"blue"}


class Done:
    """A program that ended well."""

    returncode = 0


def test_a_process_survives_the_records() -> None:
    for each in App.parse(shop({"worker": {"ready": ["true"]}, "pages": {"port": 80, "path": "/p"}})).processes:
        assert Process.parse(each.described()) == each
