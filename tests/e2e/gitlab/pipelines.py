"""Two repositories with a pipeline: a newcomer's app, set up by the lines of docs/gitlab.md, and the kit itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import yaml

from slipway.init import vault
from slipway.rig import Rig

from .repository import ROOT, VARIABLES, Repository, dump
from .server import Gitlab

KIT, KIT_REF = "my-group/slipway", "v0.1.0"
SET_UP_FILES = {
    "SLIPWAY_SSH_KEY": "production.deploy-key",
    "SLIPWAY_KNOWN_HOSTS": "production.known-hosts",
    "SLIPWAY_VAULT_PASSWORD": "production.vault-pass",
}
NEVER_SHOWN = "never-in-a-job-log"
PERSON, PASSWORD, JOB_TOKEN = "ada", "password-of-ada", "token-of-a-job"
LOGINS = {PERSON: PASSWORD, "gitlab-ci-token": JOB_TOKEN}
# What GitLab itself would fetch for her: her own Git has to log in for the client.
HER_LOGIN = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "credential.helper",
    "GIT_CONFIG_VALUE_0": f'!printf "username={PERSON}\\npassword={PASSWORD}\\n" &&:',
}


def app_repository(folder: Path, rig: Rig, gitlab: Gitlab) -> Repository:
    """Take the lines of docs/gitlab.md from an empty project to one whose jobs can run; the folder holds an app."""
    repository = Repository(folder, isolated=True)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.git("remote", "add", "origin", f"{gitlab.url}/my-group/shop.git")
    machine = folder.parent / "slipway" / "inventories"
    initialise(repository, rig, machine, "APP=shop", f"SOURCE={folder}", "DOMAIN=shop.test")
    repository.inventory.parent.mkdir()
    (machine / "production").rename(repository.inventory)
    (machine / "production").symlink_to(repository.inventory)
    (folder / ".dockerignore").write_text("inventories\n.gitlab-ci-local*\n")
    adapt(repository, rig, {"build": ".", "watch_seconds": 0, "secrets": ["token"]}, {"token": NEVER_SHOWN})
    (folder / ".gitlab-ci.yml").write_text(ten_lines())
    # Beside the ten lines: this machine's own engine, and its only host for staging and review apps too.
    (folder / ".gitignore").write_text(f".gitlab-ci-local\n{VARIABLES}\n")
    mine = {"test_command": """python3 -c 'import tiny; print("tested:", tiny.BEHAVIOUR)'""", "review": True}
    mine |= {"staging": "production", "production_url": "https://shop.test"}
    mine |= {"review_inventory": "production", "review_domain": "shop.test"}
    repository.include(**mine, services=[], docker_host="")
    set_up(repository, rig, machine)
    repository.run("--list", environment=HER_LOGIN).passed()
    return repository


def ten_lines() -> str:
    """Return the pipeline that the head of the template gives to newcomers."""
    head = (ROOT / "ci" / "gitlab" / "slipway.yml").read_text().partition("\nspec:")[0].splitlines()
    return "".join(f"{line[4:]}\n" for line in head if line.startswith("#   "))


def kit_project(gitlab: Gitlab, folder: Path) -> None:
    """Push a copy of this kit, with a tag."""
    copy_kit(folder)
    copy = Repository(folder, isolated=False)
    copy.git("init", "--quiet")
    copy.commit("A copy of the kit")
    gitlab.push(folder, KIT, f"tags/{KIT_REF}")


def kit_repository(folder: Path, rig: Rig) -> Repository:
    """Copy the kit itself, with a production inventory as its own pipeline wants it."""
    copy_kit(folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    repository = Repository(folder, isolated=False)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.git("remote", "add", "origin", "git@gitlab.example.com:group/slipway.git")
    initialise(repository, rig, folder / "inventories", "DOMAIN=strongbox.test")
    adapt(repository, rig, {"watch_seconds": 0}, {})
    shutil.copytree(repository.inventory, folder / "inventories" / "review")
    set_up(repository, rig, folder / "inventories")
    return repository


def copy_kit(folder: Path) -> None:
    """Copy what Git tracks, as it is now, and what it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file() or (ROOT / name).is_symlink():
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)


def initialise(repository: Repository, rig: Rig, inventories: Path, *answers: str) -> None:
    """Write the inventory of the rig's host, as `make init ENV=production` does."""
    host = rig.host("web1")
    key = host.folder / "id_ed25519"
    asked = ["ssh-keygen", "-lf", str(rig.folder / "known_hosts")]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    [fingerprint] = [line.split()[1] for line in shown if line.endswith("(ED25519)")]
    where = [f"HOST={host.address}", f"SSH_USER={host.user}", f"SSH_KEY={key}", f"HOST_KEY={fingerprint}"]
    repository.command(
        "init", "production", *where, *answers, "EMAIL=ada@example.com", "--inventories", str(inventories)
    )


def adapt(repository: Repository, rig: Rig, app: dict[str, object], secret_values: dict[str, str]) -> None:
    """Declare what `make init` can't know of the app, trust the rig's test authority, and commit all."""
    variables = repository.inventory / "group_vars" / "all"
    shutil.copy(rig.inventory / "group_vars" / "all" / "acme.yml", variables)
    content = yaml.safe_load((variables / "main.yml").read_text())
    content["slipway_apps"][0].update(app)
    if secret_values:
        name = content["slipway_apps"][0]["name"]
        content["slipway_secrets"] = {name: {key: f"{{{{ vault_{name}_{key} }}}}" for key in secret_values}}
        vaulted = yaml.safe_dump({f"vault_{name}_{key}": value for key, value in secret_values.items()})
        password = vault.password(repository.config / "slipway" / "production.vault-pass")
        (variables / "vault.yml").write_text(vault.encrypt(vaulted, password))
    dump(variables / "main.yml", content)
    repository.git("add", "--force", "inventories/production")
    repository.commit("Start")


def set_up(repository: Repository, rig: Rig, inventories: Path) -> None:
    """Do what `make ci-setup` says: let its key in, and give GitLab the three files that it names."""
    command = ["ci-setup", "production", "--inventories", str(inventories)]
    said = repository.command(*command)
    assert "not let in yet by" in said
    files = {name: repository.config / "slipway" / file for name, file in SET_UP_FILES.items()}
    public = files["SLIPWAY_SSH_KEY"].with_suffix(".deploy-key.pub").read_text()
    assert public.strip() in said
    rig.host("web1").exec(["sh", "-c", f"echo '{public.strip()}' >> ~/.ssh/authorized_keys"])
    said = repository.command(*command)
    assert "not let in yet" not in said
    assert all(f"content of {file}" in said for file in files.values())
    repository.set_variables({name: str(file) for name, file in files.items()} | {"CI_JOB_TOKEN": JOB_TOKEN})
