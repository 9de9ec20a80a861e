"""`slipway ci-local`."""

from __future__ import annotations

import click

from slipway import ci_local as verb


@click.command("ci-local", context_settings={"ignore_unknown_options": True})
@click.argument("job", required=False)
@click.argument("more", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS OF GITLAB-CI-LOCAL]")
def ci_local(job: str | None, more: tuple[str, ...]) -> int:
    """Run a job of .gitlab-ci.yml on this machine, as GitLab's runner would; without JOB: list them."""
    return verb.run([job] if job else ["--list"], more)
