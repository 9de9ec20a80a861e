"""Repositories with a GitLab pipeline, and the real client that runs their jobs on this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from slipway import ci_local
from slipway.pipeline import images
from tests.rig import Rig

ROOT = Path(__file__).resolve().parents[3]
HOST = "gitlab.example.com"
INCLUDED = ".gitlab-ci-local/includes"  # where the client keeps what it fetched from other projects
VARIABLES = ".gitlab-ci-local-variables.yml"
SET_UP_FILES = {
    "SLIPWAY_SSH_KEY": "production.deploy-key",
    "SLIPWAY_KNOWN_HOSTS": "production.known-hosts",
    "SLIPWAY_VAULT_PASSWORD": "production.vault-pass",
}
NOTHING: dict[str, str] = {}
NEVER_SHOWN = "never-in-a-job-log"


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
        _dump(file, content)
        self.commit("Declare the app otherwise")

    def provision(self, rig: Rig, *args: str) -> None:
        """Do what its owner did from a machine of their own, before there was a pipeline."""
        password = self.variables()["SLIPWAY_VAULT_PASSWORD"]
        vault = ["--vault-password-file", password]
        rig.play("playbooks/provision.yml", *vault, *args, inventories=[self.inventory]).check()

    @property
    def inventory(self) -> Path:
        """The inventory that the jobs deploy to."""
        return self.folder / "inventories" / "production"

    def artifact(self, name: str) -> str:
        """Return what the build job handed on under this name."""
        return (self.folder / images.FOLDER / name).read_text()

    def set_variables(self, values: dict[str, str]) -> None:
        """Set project variables; one that is a path has type File."""
        (self.folder / VARIABLES).write_text(yaml.safe_dump(values))

    def variables(self) -> dict[str, str]:
        """Return the project variables."""
        values: dict[str, str] = yaml.safe_load((self.folder / VARIABLES).read_text())
        return values

    @property
    def config(self) -> Path:
        """The person's own folder of settings, outside of the repository."""
        return self.folder.parent / f"{self.folder.name}-config"

    def ci_setup(self) -> str:
        """Run what is behind `make ci-setup ENV=production`; return what it said."""
        command = [sys.executable, "-m", "slipway.ci_setup", "production", "--inventories"]
        environment = {**os.environ, "XDG_CONFIG_HOME": str(self.config), "GITLAB_TOKEN": ""}
        done = subprocess.run(
            [*command, str(self.folder / "inventories")],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, job: str, given: dict[str, str] = NOTHING) -> subprocess.Popen[str]:
        """Start a job, in a process group of its own, with the variables of a manual or merge request pipeline."""
        all_given = {"GITLAB_USER_LOGIN": self.person, **given}
        options = [part for name, value in all_given.items() for part in ("--variable", f"{name}={value}")]
        # GitLab's schema is checked by tests/policy, once instead of by every job.
        isolation = ["--no-json-schema-validation", *(["--shell-isolation"] if self.isolated else [])]
        command = ci_local.command(ci_local.installed(os.environ), [*isolation, *options, job])
        environment = {**os.environ, "XDG_CACHE_HOME": str(ci_local.cache(os.environ))}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, job: str, given: dict[str, str] = NOTHING) -> Job:
        """Run a job to its end."""
        started = time.monotonic()
        with self.start(job, given) as process:
            output, _ = process.communicate()
        return Job(process.returncode, output, time.monotonic() - started)


def merge_request(number: int) -> dict[str, str]:
    """Return the variables of a merge request's pipeline."""
    return {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": str(number)}


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a job and all that it started, as a runner does that is gone."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def app_repository(folder: Path, rig: Rig) -> Repository:
    """Make the repository of a small app, with ten lines of pipeline that include the kit's template."""
    shutil.copytree(ROOT / "tests" / "release" / "tiny", folder)
    with (folder / "Dockerfile").open("a") as dockerfile:
        dockerfile.write("EXPOSE 8000\n")
    (folder / ".gitignore").write_text(f".gitlab-ci-local\n{VARIABLES}\n.image\n")
    inputs = {"app": "shop", "kit_path": str(ROOT), "services": [], "docker_host": "", "review": True}
    inputs |= {"staging": "production", "production_url": "https://shop.test", "review_domain": "shop.test"}
    include = {"project": "group/slipway", "ref": "main", "file": "ci/gitlab/slipway.yml", "inputs": inputs}
    (folder / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": [include]}, sort_keys=False))
    fetched = folder / INCLUDED / HOST / "group/slipway/main/ci/gitlab"
    fetched.mkdir(parents=True)
    shutil.copy(ROOT / "ci" / "gitlab" / "slipway.yml", fetched)
    shop = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": ".", "watch_seconds": 0}
    return _ready(Repository(folder, isolated=True), rig, [{**shop, "secrets": ["token"]}], {"token"})


def kit_repository(folder: Path, rig: Rig) -> Repository:
    """Copy the kit itself, with a production inventory as its own pipeline wants it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    strongbox: dict[str, object] = {"name": "strongbox", "domains": ["strongbox.test"], "exposure": "public"}
    strongbox |= {"build": "app", "dockerfile": "compose/strongbox/Dockerfile", "watch_seconds": 0}
    strongbox |= {"secrets": ["secret_key", "kek"]}
    kit = _ready(Repository(folder, isolated=False), rig, [strongbox], {"secret_key", "kek"})
    shutil.copytree(folder / "inventories" / "production", folder / "inventories" / "staging")
    return kit


def _ready(repository: Repository, rig: Rig, apps: list[dict[str, object]], secret_names: set[str]) -> Repository:
    """Write the inventory, the variables that `make ci-setup` would set, and the first commit."""
    folder = repository.inventory
    variables = folder / "group_vars" / "all"
    variables.mkdir(parents=True)
    [app] = apps
    vaulted = {name: f"{{{{ vault_{app['name']}_{name} }}}}" for name in sorted(secret_names)}
    _dump(variables / "main.yml", {"slipway_apps": apps, "slipway_secrets": {app["name"]: vaulted}})
    shutil.copy(rig.inventory / "group_vars" / "all" / "acme.yml", variables)
    host = rig.host("web1")
    shutil.copy(rig.folder / "known_hosts", folder)
    # As `make init` writes it, but for the key: a job has its own.
    pinned = "-o UserKnownHostsFile={{ inventory_dir }}/known_hosts -o GlobalKnownHostsFile=/dev/null"
    connection = {"ansible_host": host.address, "ansible_user": host.user, "ansible_ssh_common_args": pinned}
    _dump(folder / "hosts.yml", {"all": {"hosts": {"web1": connection}}})
    config = repository.config / "slipway"
    config.mkdir(parents=True)
    password = config / "production.vault-pass"
    password.write_text(secrets.token_urlsafe(32) + "\n")
    throw_away = yaml.safe_load((rig.inventory / "group_vars" / "all" / "vault.yml").read_text())
    _dump(variables / "vault.yml", {**throw_away, "vault_shop_token": NEVER_SHOWN})
    vault = Path(sys.executable).with_name("ansible-vault")
    subprocess.run(
        [vault, "encrypt", "--vault-password-file", password, variables / "vault.yml"],
        check=True,
        capture_output=True,
        cwd=config,
    )
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.git("remote", "add", "origin", f"git@{HOST}:group/{repository.folder.name}.git")
    repository.git("add", "--force", "inventories/production")
    repository.commit("Start")
    set_up(repository, rig)
    return repository


def set_up(repository: Repository, rig: Rig) -> None:
    """Do what `make ci-setup` says: let its key in, and give GitLab the three files that it names."""
    said = repository.ci_setup()
    assert "not let in yet by web1" in said
    files = {name: repository.config / "slipway" / file for name, file in SET_UP_FILES.items()}
    public = files["SLIPWAY_SSH_KEY"].with_suffix(".deploy-key.pub").read_text()
    assert public.strip() in said
    rig.host("web1").exec(["sh", "-c", f"echo '{public.strip()}' >> ~/.ssh/authorized_keys"])
    said = repository.ci_setup()
    assert "not let in yet" not in said
    assert all(f"content of {file}" in said for file in files.values())
    repository.set_variables({name: str(file) for name, file in files.items()})


def _dump(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
