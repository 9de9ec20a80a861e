"""The jobs of an app's pipeline, one after the other, by a real client over real SSH against a throw-away host."""

from __future__ import annotations

import json
import subprocess

import pytest

from slipway.rig import Rig
from tests.summary import Note

from .pipelines import NEVER_SHOWN
from .repository import ROOT, Repository, kill, merge_request
from .server import Gitlab
from .site import last_audit, on_host, release_of, running, wait_until

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def first(rig: Rig, shop: Repository, server: Gitlab) -> str:
    """The release of the first pipeline."""
    server.readers.clear()
    built = shop.run("build").passed()
    assert set(server.readers) == {"gitlab-ci-token"}  # the kit came from its private project
    assert f"built slipway/shop:{shop.git('rev-parse', 'HEAD')}" in built.output
    shop.include(kit_path=str(ROOT))  # the same kit, without a minute of clones and environments
    # As on another runner: only the archive among the artifacts has the image. What other builds stand on stays.
    remove = ["docker", "image", "rm", "--force", "--no-prune", image_of(shop)]
    subprocess.run(remove, check=True, capture_output=True)
    deployed = shop.run("deploy:production").passed()
    audit = last_audit(rig)
    assert str(audit["by"]).startswith(f"ada, {server.url}/my-group/shop/")
    assert audit["image"] == image_of(shop)  # what was built is what was deployed
    assert image_of(shop) in built.output
    assert NEVER_SHOWN not in built.output + deployed.output
    return release_of(rig, "shop.test")


def image_of(repository: Repository) -> str:
    """Return the id of the image that the build job recorded."""
    return repository.artifact("image.env").strip().partition("=")[2]


def test_the_test_job_runs_the_command_of_the_ten_lines(shop: Repository) -> None:
    assert "tested: good" in shop.run("test").passed().output


def test_a_job_that_can_not_read_the_kit_says_where_to_let_it_in(unchanged: Repository) -> None:
    unchanged.include(kit_path=".slipway")
    unchanged.set_variables({**unchanged.variables(), "CI_JOB_TOKEN": "of another project"})
    refused = unchanged.run("build")
    assert refused.code != 0
    assert "refused: the job can't read the kit" in refused.output
    assert "Job token permissions" in refused.output


def test_the_build_job_says_what_is_in_the_image_and_where_it_comes_from(
    rig: Rig, shop: Repository, first: str
) -> None:
    contents = json.loads(shop.artifact("sbom.cdx.json"))
    assert "pkg:deb/debian/python3-minimal@" in "".join(part["purl"] for part in contents["components"])
    image = str(last_audit(rig)["image"])
    assert contents["metadata"]["component"]["version"] == image
    [about] = json.loads(on_host(rig, "docker", "image", "inspect", image))
    labels = about["Config"]["Labels"]
    assert shop.git("rev-parse", "HEAD~1").startswith(labels["org.opencontainers.image.revision"])
    assert labels["org.opencontainers.image.source"].endswith("/my-group/shop")


def test_a_merge_request_has_an_app_of_its_own_until_it_is_stopped(rig: Rig, unchanged: Repository, first: str) -> None:
    shop = unchanged
    # As GitLab has it for branches: no password of a vault.
    shop.set_variables({name: value for name, value in shop.variables().items() if name != "SLIPWAY_VAULT_PASSWORD"})
    shop.run("review", merge_request(7)).passed()
    assert release_of(rig, "mr-7.shop.test")
    assert release_of(rig, "shop.test") == first
    secret = secret_of(rig, "shop-mr-7")
    assert len(secret) == 43  # made up, as `make init` does
    assert secret_of(rig, "shop") == NEVER_SHOWN
    shop.declare(env={"BEHAVIOUR": "good", "VERSION": "of the branch"})
    before = release_of(rig, "mr-7.shop.test")
    shop.run("review", merge_request(7)).passed()
    assert release_of(rig, "mr-7.shop.test") != before
    assert secret_of(rig, "shop-mr-7") == secret  # it opens what the app wrote with it

    shop.run("review:stop", merge_request(7)).passed()
    assert running(rig, "shop-mr-7") == []
    assert on_host(rig, "find", "/var/lib/slipway/apps", "/etc/slipway/secrets", "/etc/caddy", "-name", "*mr-7*") == ""
    assert release_of(rig, "shop.test") == first


def secret_of(rig: Rig, app: str) -> str:
    """Return the secret as the app itself reads it."""
    [container] = running(rig, app)
    return on_host(rig, "docker", "exec", container, "cat", "/run/secrets/token")


def test_a_killed_deploy_leaves_no_lock_and_no_half_release(rig: Rig, shop: Repository, first: str) -> None:
    shop.declare(env={"BEHAVIOUR": "slow-start", "TURN_S": "5"})
    deploy = shop.start("deploy:production")
    wait_until(lambda: len(running(rig, "shop")) == 2, "the new release starts")
    kill(deploy)
    assert release_of(rig, "shop.test") == first

    shop.declare(env={"BEHAVIOUR": "good", "VERSION": "2"})
    wait_until(lambda: deployed(shop), "the lease of the killed deploy has ended")
    assert release_of(rig, "shop.test") != first
    assert len(running(rig, "shop")) == 1


def deployed(repository: Repository) -> bool:
    """Deploy; the one failure that may happen is that what the killed job had started on the host still goes on."""
    job = repository.run("deploy:production")
    assert job.code == 0 or "is changing this app" in job.output, job.output
    return job.code == 0


def test_a_rollback_goes_back_to_the_release_that_is_named(rig: Rig, shop: Repository, first: str, note: Note) -> None:
    assert release_of(rig, "shop.test") != first
    back = shop.run("rollback:production", {"TO": first}).passed()
    assert release_of(rig, "shop.test") == first
    assert NEVER_SHOWN not in back.output
    note("measured", f"GitLab: job rollback:production, start to end {back.seconds:.1f} s")
