"""The project's registry, entered with the job's own login, which is forgotten with the command that needed it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError


@contextmanager
def logged_in(job: Mapping[str, str]) -> Iterator[list[str]]:
    """Give the beginning of a Docker command that may talk to the registry; a job without a login asks as anybody.

    Args:
        job: its environment; GitLab sets CI_REGISTRY, CI_REGISTRY_USER and CI_REGISTRY_PASSWORD.

    Raises:
        RefusalError: the registry refuses the login.
    """
    address, user, password = (job.get(f"CI_REGISTRY{part}", "") for part in ("", "_USER", "_PASSWORD"))
    if not (address and user and password):
        yield ["docker"]
        return
    with TemporaryDirectory(prefix="slipway-") as folder:
        docker = ["docker", "--config", folder]
        command = [*docker, "login", "--username", user, "--password-stdin", address]
        answer = subprocess.run(command, input=password, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise RefusalError(
                what="the registry does not let the job in",
                value=f"{user} at {address}: {last_line(answer.stderr)}",
                where="GitLab: Settings > General > Container registry; CI_REGISTRY_USER and _PASSWORD if set by hand",
                next="turn the registry on, or set registry: false to hand the image on as a job artifact",
            )
        yield docker


def asked(job: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Docker command that talks to the registry, with the job's login, and return what it said."""
    with logged_in(job) as docker:
        return subprocess.run([*docker, *words], capture_output=True, text=True, check=False)


def last_line(text: str) -> str:
    """Return what Docker said last, which is why it failed."""
    return (text.strip().splitlines() or ["no message"])[-1]
