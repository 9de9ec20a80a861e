"""`slipway pipeline JOB ENV`: what the jobs in ci/gitlab/slipway.yml call."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from slipway.environment import Environment
from slipway.given import JOB, JOB_FORMS, refuse_strange
from slipway.pipeline.jobs import JOBS, Job
from slipway.pipeline.programs import stop_on_signals

OPTION_FORMS = {"environment": forms.ENVIRONMENT, "app": forms.APP}


@click.command("pipeline")
@click.argument("job", type=click.Choice(list(JOBS)))
@click.argument("environment", metavar="ENV")
@click.option("--app", required=True, help="Name in slipway_apps.")
@click.option("--source", type=click.Path(path_type=Path), default=Path(), help="The repository that the job runs in.")
@click.option("--inventories", default="inventories", help="Folder of the inventories in --source.")
@click.option("--push", is_flag=True, help="build: to CI_REGISTRY_IMAGE; else an archive is made.")
def pipeline(job: str, environment: str, app: str, source: Path, inventories: str, *, push: bool) -> int:
    """Run one job of a pipeline.

    Exit codes: 0 done; 1 the playbook or the build failed; 2 refused before anything was touched; 3 no host was asked,
    or (audit) a checker did not run.
    """
    stop_on_signals()
    words = {"environment": environment, "app": app}
    refuse_strange(words, OPTION_FORMS, "ENVIRONMENT of the job, and input `app` in .gitlab-ci.yml")
    refuse_strange(os.environ, JOB_FORMS, JOB)
    repository = source.resolve()
    declared = Environment(environment, (repository / inventories / environment,))
    return JOBS[job](Job(declared, app, repository, push), os.environ)
