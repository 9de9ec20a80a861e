"""Read a job's settings from the variables that GitLab gives it, and refuse what can't work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.environment import Environment

VARIABLES_PAGE = "GitLab: Settings > CI/CD > Variables, environment scope {scope}"
FILE_VARIABLES = {
    "SLIPWAY_SSH_KEY": "private key that may log in to the hosts",
    "SLIPWAY_KNOWN_HOSTS": "pinned host keys",
    "SLIPWAY_VAULT_PASSWORD": "password of the inventory's vault",
}
VAULT = "SLIPWAY_VAULT_PASSWORD"


@dataclass(frozen=True)
class Settings:
    """What a job that touches hosts needs. All paths exist and hold something.

    `declared` is the folder in the repository, `read_from` what Ansible reads: the same, or a copy without the vault.
    """

    declared: Environment
    ssh_key: Path
    known_hosts: Path
    vault_password: Path | None
    actor: str
    read_from: Environment

    @property
    def environment(self) -> str:
        """The environment's name: also the scope of the GitLab variables."""
        return self.declared.name

    def vault_options(self) -> list[str]:
        """Return what opens the inventory's vault, as Ansible's programs take it."""
        return ["--vault-password-file", str(self.vault_password)] if self.vault_password else []

    def vault_stays_shut(self) -> RefusalError:
        """Return what to say where the password opens nothing."""
        return RefusalError(
            what=f"{VAULT} does not open the inventory's vault",
            value="(not shown)",
            where=VARIABLES_PAGE.format(scope=self.environment),
            next=f"slipway ci-setup {self.environment}",
        )


def read(environ: Mapping[str, str], declared: Environment, *, vault: bool = True) -> Settings:
    """Return the settings of a job.

    Args:
        environ: the job's environment.
        declared: the inventory in the repository.
        vault: whether the job opens the inventory's vault.

    Raises:
        RefusalError: at the first variable that is missing, empty or of the wrong type.
    """
    environment, inventory = declared.name, declared.folder
    files = {name: _file(environ, name, environment) for name in FILE_VARIABLES if vault or name != VAULT}
    if not (inventory / "hosts.yml").is_file():
        raise RefusalError(
            what=f"the inventory of {environment} is not in this repository",
            value=str(inventory),
            where="the repository that the job runs in",
            next=f"slipway init {environment}, then git add --force {inventory} (the vault in it is encrypted)",
        )
    return Settings(
        declared=declared,
        ssh_key=files["SLIPWAY_SSH_KEY"],
        known_hosts=files["SLIPWAY_KNOWN_HOSTS"],
        vault_password=files.get(VAULT),
        actor=actor(environ),
        read_from=declared,
    )


def actor(environ: Mapping[str, str]) -> str:
    """Return who acts, for the deploy lock and the audit trail: the person and the job."""
    who = environ.get("GITLAB_USER_LOGIN", "gitlab")
    job = environ.get("CI_JOB_URL") or f"job {environ.get('CI_JOB_ID', 'without id')}"
    return f"{who}, {job}"


def _file(environ: Mapping[str, str], name: str, environment: str) -> Path:
    meaning = FILE_VARIABLES[name]
    where = VARIABLES_PAGE.format(scope=environment)
    value = environ.get(name, "")
    if not value:
        raise RefusalError(
            what=f"{name} is not set ({meaning})",
            value="(missing; a protected variable reaches jobs of protected branches and tags only)",
            where=where,
            next=f"slipway ci-setup {environment}",
        )
    path = Path(value)
    if "\n" in value or not path.is_absolute():
        raise RefusalError(
            what=f"{name} holds the content itself ({meaning})",
            value="(not shown)",
            where=where,
            next=f"change the type of {name} from Variable to File",
        )
    if not path.is_file() or path.stat().st_size == 0:
        raise RefusalError(
            what=f"{name} is empty ({meaning})",
            value=str(path),
            where=where,
            next=f"slipway ci-setup {environment}",
        )
    return path
