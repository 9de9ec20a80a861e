"""The kit's own pipeline with Strongbox: what it deploys, and what its schedules find."""

from __future__ import annotations

import pytest

from slipway.rig import Rig

from .pipelines import kit_repository
from .repository import Repository, merge_request
from .site import on_host, release_of, running

SCHEDULED = {"CI_PIPELINE_SOURCE": "schedule"}

# Each of these jobs is also in the template, which test_jobs.py runs for every change; here they take minutes.
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def kit(rig: Rig, shop: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The kit's repository; its host is provisioned as a whole."""
    repository = kit_repository(tmp_path_factory.mktemp("gitlab") / "kit", rig)
    repository.provision(rig)
    return repository


def test_the_kits_own_pipeline_builds_deploys_and_takes_back(rig: Rig, kit: Repository) -> None:
    kit.run("build").passed()
    kit.run("deploy:production").passed()
    first = release_of(rig, "strongbox.test")

    kit.declare(env={"STRONGBOX_PROXY_HOPS": 1})
    kit.run("deploy:production").passed()
    assert release_of(rig, "strongbox.test") != first
    kit.run("rollback:production").passed()
    assert release_of(rig, "strongbox.test") == first


def test_a_merge_request_of_the_kit_has_a_strongbox_of_its_own(rig: Rig, kit: Repository) -> None:
    kit.run("review", merge_request(8)).passed()
    assert release_of(rig, "mr-8.strongbox.test")
    kit.run("review:stop", merge_request(8)).passed()
    assert running(rig, "strongbox-mr-8") == []


def test_drift_is_found_named_and_left_alone(rig: Rig, kit: Repository) -> None:
    kit.run("drift", {**SCHEDULED, "OPERATE": "drift"}).passed()
    on_host(rig, "chmod", "0666", "/etc/caddy/Caddyfile")
    drifted = kit.run("drift", {**SCHEDULED, "OPERATE": "drift"})
    assert drifted.code == 1, drifted.output
    assert (
        "production is not as declared (1 of its tasks would change it); next: slipway provision production"
        in drifted.output
    )
    assert on_host(rig, "stat", "-c", "%a", "/etc/caddy/Caddyfile").strip() == "666"


def test_the_audit_job_ends_with_scores(kit: Repository) -> None:
    audited = kit.run("audit", {**SCHEDULED, "OPERATE": "audit"})
    assert "Lynis" in audited.output, audited.output
