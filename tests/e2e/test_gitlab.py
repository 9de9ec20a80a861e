"""The jobs of both pipelines, run by a real client over real SSH against a throw-away host."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from slipway import ci_local
from tests.rig import Rig

from .packages import ensure
from .pipelines import Job, Repository, app_repository, kill, kit_repository

HOSTS = {"web1": ["shop.test", "mr-7.shop.test", "strongbox.test", "mr-8.strongbox.test"]}
NEVER_SHOWN = "never-in-a-job-log"
REFUSED_WITHIN_S = 30
MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7"}

pytestmark = [pytest.mark.rig, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def shop(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The app's repository; the host has Docker and Caddy, as `make provision` leaves it."""
    ensure(ci_local.PROGRAMS)
    repository = app_repository(tmp_path_factory.mktemp("gitlab") / "shop", rig)
    inventory = repository.folder / "inventories" / "production"
    password = repository.variables()["SLIPWAY_VAULT_PASSWORD"]
    rig.play(
        "playbooks/provision.yml", "--tags", "docker,caddy", "--vault-password-file", password, inventories=[inventory]
    ).check()
    return repository


@pytest.fixture
def unchanged(shop: Repository) -> Iterator[Repository]:
    """The app's repository; variables and files are as before when the test has ended."""
    variables = shop.variables()
    yield shop
    shop.set_variables(variables)
    shop.git("checkout", "--quiet", "--", ".")


def change(repository: Repository, **declared: object) -> str:
    """Declare the app otherwise, commit; return the revision."""
    file = repository.folder / "inventories" / "production" / "group_vars" / "all" / "main.yml"
    content = yaml.safe_load(file.read_text())
    content["slipway_apps"][0].update(declared)
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return repository.commit("Declare the app otherwise")


def release_of(rig: Rig, domain: str) -> str:
    """Return the release that a visitor gets, over HTTPS."""
    answer = rig.visitor.curl(f"https://{domain}/", "--fail", "--dump-header", "-")
    headers = [line.partition(":") for line in answer.stdout.splitlines()]
    return next(value.strip() for name, _, value in headers if name.lower() == "x-release")


def on_host(rig: Rig, *argv: str) -> str:
    return rig.host("web1").exec(list(argv), check=True).stdout


def running(rig: Rig, app: str) -> list[str]:
    return on_host(rig, "docker", "ps", "--quiet", "--filter", f"label=org.slipway.app={app}").split()


def last_audit(rig: Rig) -> dict[str, object]:
    line: dict[str, object] = json.loads(on_host(rig, "tail", "-n", "1", "/var/log/slipway/audit.jsonl"))
    return line


def test_an_app_is_built_once_deployed_and_taken_back(rig: Rig, shop: Repository) -> None:
    built = shop.run("build").passed()
    assert f"built slipway/shop:{shop.git('rev-parse', 'HEAD')}" in built.output
    shop.run("deploy:production").passed()
    first = release_of(rig, "shop.test")
    audit = last_audit(rig)
    assert str(audit["by"]).startswith("ada, https://")
    assert str(audit["image"]) in built.output  # what was built is what was deployed

    change(shop, env={"BEHAVIOUR": "good", "VERSION": "2"})
    shop.run("deploy:production").passed()
    assert release_of(rig, "shop.test") != first

    back = shop.run("rollback:production").passed()
    assert release_of(rig, "shop.test") == first
    assert NEVER_SHOWN not in built.output + back.output


def test_a_merge_request_has_an_app_of_its_own_until_it_is_stopped(rig: Rig, shop: Repository) -> None:
    declared = release_of(rig, "shop.test")
    shop.run("review", MERGE_REQUEST).passed()
    assert release_of(rig, "mr-7.shop.test")
    assert release_of(rig, "shop.test") == declared

    shop.run("review:stop", MERGE_REQUEST).passed()
    assert running(rig, "shop-mr-7") == []
    assert on_host(rig, "find", "/var/lib/slipway/apps", "/etc/slipway/secrets", "/etc/caddy", "-name", "*mr-7*") == ""
    assert release_of(rig, "shop.test")


def test_a_killed_deploy_leaves_no_lock_and_no_half_release(rig: Rig, shop: Repository) -> None:
    before = release_of(rig, "shop.test")
    change(shop, env={"BEHAVIOUR": "slow-start", "TURN_S": "5"})
    deploy = shop.start("deploy:production")
    wait_until(lambda: len(running(rig, "shop")) == 2, "the new release starts")
    kill(deploy)
    assert release_of(rig, "shop.test") == before

    change(shop, env={"BEHAVIOUR": "good", "VERSION": "3"})
    wait_until(lambda: deployed(shop), "the lease of the killed deploy has ended")
    assert release_of(rig, "shop.test") != before
    assert len(running(rig, "shop")) == 1


def deployed(repository: Repository) -> bool:
    """Deploy; the one failure that may happen is that what the killed job had started on the host still goes on."""
    job = repository.run("deploy:production")
    assert job.code == 0 or "is changing this app" in job.output, job.output
    return job.code == 0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s until {what}"
        time.sleep(0.2)


def as_it_is(shop: Repository) -> None:
    """Nothing but the job's own variable is wrong."""


def without_key(shop: Repository) -> None:
    shop.set_variables({name: value for name, value in shop.variables().items() if name != "SLIPWAY_SSH_KEY"})


def with_a_wrong_vault_password(shop: Repository) -> None:
    wrong = shop.folder.parent / "wrong-password"
    wrong.write_text("not the password\n")
    shop.set_variables({**shop.variables(), "SLIPWAY_VAULT_PASSWORD": str(wrong)})


def with_another_host_key(shop: Repository) -> None:
    variables = shop.variables()
    pinned = Path(variables["SLIPWAY_KNOWN_HOSTS"]).read_text().splitlines()
    names = {line.split()[0] for line in pinned if line.strip()}
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBiH2kYw0dpBnDMvLL2AIMiX8Kn0dbNUEmxKzZ0oRRaW"
    other = shop.folder.parent / "other-host-key"
    other.write_text("".join(f"{name} {key}\n" for name in names))
    shop.set_variables({**variables, "SLIPWAY_KNOWN_HOSTS": str(other)})


@pytest.mark.parametrize(
    ("prepare", "given", "said"),
    [
        (without_key, {}, "SLIPWAY_SSH_KEY is not set"),
        (with_a_wrong_vault_password, {}, "SLIPWAY_VAULT_PASSWORD does not open the inventory's vault"),
        (with_another_host_key, {}, "the host key of web1 is not the pinned one"),
        (as_it_is, {"SLIPWAY_TAG": "127.0.0.1:1/shop:none"}, "there is no image with this tag"),
    ],
)
def test_bad_input_is_refused_in_time_and_in_words(
    rig: Rig, unchanged: Repository, prepare: Callable[[Repository], None], given: dict[str, str], said: str
) -> None:
    before = release_of(rig, "shop.test")
    prepare(unchanged)
    job = unchanged.run("deploy:production", given)
    assert_refused(job, said)
    assert release_of(rig, "shop.test") == before


def test_an_image_without_the_apps_port_is_refused_at_the_build(unchanged: Repository) -> None:
    change(unchanged, port=9000)
    assert_refused(unchanged.run("build"), "the image does not listen on the app's port")
    unchanged.git("reset", "--quiet", "--hard", "HEAD~1")


def assert_refused(job: Job, said: str) -> None:
    assert job.code != 0, job.output
    assert f"refused: {said}" in job.output, job.output
    for part in ("value:", "where:", "next:"):
        assert part in job.output
    assert job.seconds < REFUSED_WITHIN_S


@pytest.mark.long
def test_the_kits_own_pipeline_does_the_same_with_strongbox(rig: Rig, shop: Repository, tmp_path: Path) -> None:
    kit = kit_repository(tmp_path / "kit", rig)
    inventory = kit.folder / "inventories" / "production"
    password = kit.variables()["SLIPWAY_VAULT_PASSWORD"]
    rig.play(
        "playbooks/provision.yml", "--tags", "caddy", "--vault-password-file", password, inventories=[inventory]
    ).check()
    kit.run("build").passed()
    kit.run("deploy:production").passed()
    first = release_of(rig, "strongbox.test")

    change(kit, env={"STRONGBOX_PROXY_HOPS": 1})
    kit.run("deploy:production").passed()
    assert release_of(rig, "strongbox.test") != first
    kit.run("rollback:production").passed()
    assert release_of(rig, "strongbox.test") == first

    request = {**MERGE_REQUEST, "CI_MERGE_REQUEST_IID": "8"}
    kit.run("review", request).passed()
    assert release_of(rig, "mr-8.strongbox.test")
    kit.run("review:stop", request).passed()
    assert running(rig, "strongbox-mr-8") == []
