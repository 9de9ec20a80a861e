"""Two projects on one host, each with an inventory of its own: neither takes anything of the other's in silence.

GitLab's jobs run only `deploy`, so what is declared arrives by that alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slipway.places import KIT
from slipway.rig import Rig
from slipway.rig.play import Played
from tests.release.target import tiny

pytestmark = pytest.mark.rig

PREPARED = True
PREPARE = "roles/app/molecule/default/prepare.yml"
HOSTS = {"web1": ["shop.test", "blog.test", "www.test"]}
SHOP = tiny(name="shop", domains=["shop.test"])
BLOG = tiny(name="blog", domains=["blog.test"], exposure="private")


class Project:
    """One of the two: what it declares is given with each run."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig, self.inventory = rig, folder / "inventories/production"
        self.inventory.mkdir(parents=True)
        (self.inventory / "hosts.yml").write_text("all: {}\n")

    def play(self, verb: str, *apps: object, words: tuple[str, ...] = (), **variables: object) -> Played:
        secrets = {str(app["name"]): {"token": "for the test only"} for app in apps if isinstance(app, dict)}
        declared = {"slipway_apps": apps, "slipway_secrets": secrets, "app_source_dir": str(KIT), **variables}
        playbook = verb if "/" in verb else f"playbooks/{verb}.yml"
        return self.rig.play(playbook, "-e", json.dumps(declared), *words, inventories=(self.inventory,))

    def deploy(self, *apps: object, **variables: object) -> str:
        """Deploy and return what is said, on one line."""
        return " ".join(self.play("deploy", *apps, words=("-v",), **variables).check().stdout.split())

    def bring_caddy_up_to_date(self, *apps: object) -> int:
        """Run what of `provision` concerns the web; returns how many tasks changed something."""
        return self.play("provision", *apps, words=("--tags", "caddy")).check().changed


@pytest.fixture(scope="module")
def ours(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project that was here first, its app live."""
    project = Project(rig, tmp_path_factory.mktemp("projects") / "ours")
    project.play(PREPARE, SHOP).check()
    project.deploy(SHOP)
    return project


@pytest.fixture(scope="module")
def theirs(ours: Project) -> Project:
    """Return the one that came later."""
    return Project(ours.rig, ours.inventory.parents[2] / "theirs")


def status(rig: Rig, url: str, *args: str) -> str:
    return rig.visitor.curl(url, "--output", "/dev/null", "--write-out", "%{http_code}", *args).stdout


def answers(rig: Rig, url: str) -> bool:
    """Whether visitors get the app, as soon as the authority has given the name its certificate."""
    return status(rig, url, "--retry", "20", "--retry-all-errors", "--retry-delay", "1") == "200"


def running(rig: Rig) -> set[str]:
    names = rig.host("web1").exec(["docker", "ps", "--format", "{{.Names}}"], check=True).stdout
    return {name.rpartition("-")[0] for name in names.split()}


def test_the_second_project_leaves_the_first_one_alone_and_names_it(theirs: Project) -> None:
    theirs.bring_caddy_up_to_date(BLOG)  # its app is for the host alone, and the other one's is not
    said = theirs.deploy(BLOG)
    assert "left alone: shop of ours (inventory production)" in said
    assert running(theirs.rig) == {"shop", "blog"}
    assert answers(theirs.rig, "https://shop.test/")


def test_what_the_first_one_has_is_refused_in_preflight(theirs: Project) -> None:
    taken = tiny(name="blog", domains=["shop.test"], exposure="private")
    said = " ".join(theirs.play("preflight", taken, SHOP).stdout.split())
    assert "App blog declares shop.test, which belongs to app shop of another project, ours" in said
    assert "App shop of this host was declared by another project, ours (inventory production)." in said


def test_a_deploy_alone_brings_names_and_takes_them_away(ours: Project) -> None:
    assert status(ours.rig, "https://www.test/") != "200"
    said = ours.deploy({**SHOP, "domains": ["shop.test", "www.test"]})
    assert "the site is changed: + www.test" in said
    assert answers(ours.rig, "https://www.test/")
    assert "the site is changed: - www.test" in ours.deploy(SHOP)
    assert status(ours.rig, "https://www.test/") != "200"
    assert ours.play("deploy", SHOP).check().changed == 0
    ours.bring_caddy_up_to_date(SHOP)
    assert "the site" not in ours.deploy(SHOP), "both write the same one"


def test_an_app_that_is_renamed_is_refused_before_anything_is_touched(ours: Project) -> None:
    played = ours.play("deploy", tiny(name="store", domains=["shop.test"]))
    assert played.rc != 0
    assert "call the app shop again to go on with its data" in " ".join(played.stdout.split())
    assert (running(ours.rig), played.changed) == ({"shop", "blog"}, 0)


def test_the_last_app_that_goes_is_stopped_and_the_other_projects_is_not(ours: Project) -> None:
    assert "removed the sites of what is not declared any more: shop" in ours.deploy()
    assert running(ours.rig) == {"blog"}
    assert status(ours.rig, "https://shop.test/") != "200"


def test_an_app_is_taken_over_with_a_word(ours: Project) -> None:
    assert "took it over from theirs (inventory production)" in ours.deploy(BLOG, app_adopt=True)
