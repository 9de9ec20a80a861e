"""What a deploy would trip over on this machine, or on a host that is too small, is said before anything is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import apps, builds, host
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import ImageRequest, resolve


def app(**changes: object) -> dict[str, object]:
    [made] = complete([{"name": "shop", "domains": ["a.test"], "exposure": "public", "build": "shop", **changes}])
    return made


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"build": "shopp"}, "`build` leads to {}/shopp, which is not there (did you mean `shop`?)."),
        ({"build": "../nowhere/at/all"}, "`build` leads to {}/../nowhere/at/all, which is not there."),
        ({"build": "bare"}, "`dockerfile` leads to {}/bare/Dockerfile, which is not there."),
        ({"dockerfile": "shop/Dockerfil"}, "/shop/Dockerfil, which is not there (did you mean `Dockerfile`?)."),
    ],
)
def test_what_an_image_is_built_from_has_to_be_there(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    project = tmp_path / "project"  # beside which nothing has a name that is like another
    for name in ("shop/Dockerfile", "bare/app.py"):
        (project / name).parent.mkdir(exist_ok=True, parents=True)
        (project / name).touch()
    found = builds.missing([app(**changes)], lambda _: project, apps.place_in([], "main.yml:3"))
    assert [one.code for one in found] == (["BUILD_MISSING"] if said else [])
    assert said.format(project) in "".join(one.what for one in found)


def test_where_no_engine_answers_it_is_this_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Engine(str(tmp_path / "docker.sock"))
    [found] = builds.builder(nowhere, [app()])
    assert (found.code, found.where) == ("NO_BUILDER", "the control machine, not the host")
    assert builds.builder(nowhere, []) == []
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(ShippingError, match=r"Docker on this machine.*\nNext: `docker info` here"):
        resolve(ImageRequest(app(), tmp_path))


def test_an_app_that_the_host_cannot_hold_is_named() -> None:
    small = {"processors": 2, "memory": {"total": 1000 * 2**20}}
    found = host.limits(
        "web1",
        small,
        [app(cpus=64), app(memory_mib=4096), app(cpus=2, memory_mib=1000)],
        apps.place_in([], "main.yml:3"),
    )
    assert [one.what for one in found] == [
        "App shop declares `cpus: 64`, and web1 has 2.",
        "App shop declares `memory_mib: 4096`, and web1 has 1000 MiB.",
    ]
