"""A repository with a GitLab pipeline, and the real client that runs its jobs on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from slipway import ci_local
from slipway.pipeline import images
from slipway.rig import Rig

ROOT = Path(__file__).resolve().parents[3]
VARIABLES = ".gitlab-ci-local-variables.yml"
NOTHING: dict[str, str] = {}


@dataclass(frozen=True)
class Job:
    """How a job ended."""

    code: int
    output: str
    seconds: float

    def passed(self) -> Job:
        """Return itself; on failure the job's log is the evidence."""
        assert self.code == 0, self.output[-6000:]
        return self


@dataclass(frozen=True)
class Repository:
    """A checkout with a pipeline, and the project's CI/CD variables as GitLab would hold them.

    `isolated`: each job gets a copy of what is tracked, and only artifacts pass from one to the next.
    """

    folder: Path
    isolated: bool
    person: str = "ada"

    def commit(self, message: str) -> str:
        """Commit everything; return the revision."""
        self.git("add", "--all")
        self.git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def declare(self, **changed: object) -> None:
        """Declare the app otherwise, and commit."""
        file = self.inventory / "group_vars" / "all" / "main.yml"
        content = yaml.safe_load(file.read_text())
        content["slipway_apps"][0].update(changed)
        dump(file, content)
        self.commit("Declare the app otherwise")

    def include(self, **changed: object) -> None:
        """Give other inputs to the template, and commit."""
        file = self.folder / ".gitlab-ci.yml"
        content = yaml.safe_load(file.read_text())
        content["include"][0]["inputs"].update(changed)
        dump(file, content)
        self.commit("Give the template other inputs")

    def provision(self, rig: Rig, *args: str) -> None:
        """Do what its owner did from a machine of their own, before there was a pipeline."""
        vault = ["--vault-password-file", str(self.config / "slipway" / "production.vault-pass")]
        # The same host is in the rig's own inventory, under another name.
        own = ["--limit", "production"]
        rig.play("playbooks/provision.yml", *vault, *own, *args, inventories=[self.inventory]).check()

    @property
    def inventory(self) -> Path:
        """The inventory that the jobs deploy to."""
        return self.folder / "inventories" / "production"

    @property
    def config(self) -> Path:
        """The person's own folder of settings, outside of the repository."""
        return self.folder.parent / f"{self.folder.name}-config"

    def artifact(self, name: str) -> str:
        """Return what the build job handed on under this name."""
        return (self.folder / images.FOLDER / name).read_text()

    def set_variables(self, values: dict[str, str]) -> None:
        """Set project variables; one that is a path has type File."""
        dump(self.folder / VARIABLES, values)

    def variables(self) -> dict[str, str]:
        """Return the project variables."""
        values: dict[str, str] = yaml.safe_load((self.folder / VARIABLES).read_text())
        return values

    def command(self, verb: str, *arguments: str) -> str:
        """Run a command of the kit as its owner, on a machine of their own; return what it said."""
        environment = {**os.environ, "XDG_CONFIG_HOME": str(self.config), "GITLAB_TOKEN": ""}
        done = subprocess.run(
            [sys.executable, "-m", "slipway", verb, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(
        self, job: str, given: Mapping[str, str] = NOTHING, environment: Mapping[str, str] = NOTHING
    ) -> subprocess.Popen[str]:
        """Start a job, in a process group of its own, with the variables of a manual or merge request pipeline."""
        all_given = {"GITLAB_USER_LOGIN": self.person, **given}
        options = [part for name, value in all_given.items() for part in ("--variable", f"{name}={value}")]
        # GitLab's schema is checked by tests/policy, once instead of by every job.
        isolation = ["--no-json-schema-validation", *(["--shell-isolation"] if self.isolated else [])]
        command = ci_local.command(ci_local.installed(os.environ), [*isolation, *options, job])
        cache = {"XDG_CACHE_HOME": str(ci_local.cache(os.environ))}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **cache, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, job: str, given: Mapping[str, str] = NOTHING, environment: Mapping[str, str] = NOTHING) -> Job:
        """Run a job to its end."""
        started = time.monotonic()
        with self.start(job, given, environment) as process:
            output, _ = process.communicate()
        return Job(process.returncode, output, time.monotonic() - started)


def merge_request(number: int) -> dict[str, str]:
    """Return the variables of a merge request's pipeline."""
    return {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": str(number)}


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a job and all that it started, as a runner does that is gone."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def dump(path: Path, content: object) -> None:
    """Write YAML."""
    path.write_text(yaml.safe_dump(content, sort_keys=False))
