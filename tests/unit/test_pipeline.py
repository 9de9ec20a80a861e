from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text
from ansible_collections.slipway.kit.plugins.plugin_utils.review import ReviewError, review_of
from slipway import inventory
from slipway.environment import Environment
from slipway.pipeline import images, jobs, plays, ssh
from slipway.pipeline.settings import Settings, read
from slipway.places import KIT

TARGET = inventory.Target("web1", "192.0.2.1", "admin", 22)
CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
The fingerprint for the ED25519 key sent by the remote host is
SHA256:8dPLbZtP0yVxmgTWqmVrBlz0Lt6tAmnYyMHv0q9Hk1k.
Host key verification failed."""


@pytest.fixture
def job(tmp_path: Path) -> dict[str, str]:
    """Variables of a job that lacks nothing."""
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yml").write_text("all: {}\n")
    variables = {"GITLAB_USER_LOGIN": "ada", "CI_JOB_URL": "https://gitlab.example.com/-/jobs/7"}
    for name in ("SLIPWAY_SSH_KEY", "SLIPWAY_KNOWN_HOSTS", "SLIPWAY_VAULT_PASSWORD"):
        (tmp_path / name).write_text("something\n")
        variables[name] = str(tmp_path / name)
    return variables


def settings(tmp_path: Path, job: dict[str, str]) -> Settings:
    return read(job, Environment("production", (tmp_path / "inventory",)))


def test_a_complete_job_gives_its_settings(tmp_path: Path, job: dict[str, str]) -> None:
    assert settings(tmp_path, job).actor == "ada, https://gitlab.example.com/-/jobs/7"


def test_a_missing_variable_is_refused_with_the_way_to_set_it(tmp_path: Path, job: dict[str, str]) -> None:
    del job["SLIPWAY_SSH_KEY"]
    with pytest.raises(RefusalError) as refused:
        settings(tmp_path, job)
    assert str(refused.value) == (
        "refused: SLIPWAY_SSH_KEY is not set (private key that may log in to the hosts)\n"
        "  value: (missing; a protected variable reaches jobs of protected branches and tags only)\n"
        "  where: GitLab: Settings > CI/CD > Variables, environment scope production\n"
        "  next:  slipway ci-setup production"
    )


def test_a_secret_pasted_as_plain_variable_is_refused_without_showing_it(tmp_path: Path, job: dict[str, str]) -> None:
    job["SLIPWAY_VAULT_PASSWORD"] = "correct horse battery staple"
    with pytest.raises(RefusalError, match="change the type of SLIPWAY_VAULT_PASSWORD") as refused:
        settings(tmp_path, job)
    assert "horse" not in str(refused.value)


def test_an_empty_file_variable_is_refused(tmp_path: Path, job: dict[str, str]) -> None:
    Path(job["SLIPWAY_KNOWN_HOSTS"]).write_text("")
    with pytest.raises(RefusalError, match="SLIPWAY_KNOWN_HOSTS is empty"):
        settings(tmp_path, job)


def test_an_environment_without_inventory_is_refused(tmp_path: Path, job: dict[str, str]) -> None:
    with pytest.raises(RefusalError, match="the inventory of staging is not in this repository"):
        read(job, Environment("staging", (tmp_path / "nowhere",)))


@pytest.mark.parametrize("ending", ["\n", "", "\r\n"])
def test_a_key_is_usable_however_it_was_pasted(tmp_path: Path, job: dict[str, str], ending: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    text = (tmp_path / "key").read_text().rstrip("\n")
    pasted = text.replace("\n", "\r\n") if ending == "\r\n" else text
    Path(job["SLIPWAY_SSH_KEY"]).write_bytes((pasted + ending).encode())
    with ssh.private_key(settings(tmp_path, job)) as key:
        assert key.read_text() == text + "\n"
        assert key.stat().st_mode & 0o777 == 0o600
    assert not key.exists()


def test_a_key_with_a_passphrase_is_refused(tmp_path: Path, job: dict[str, str]) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "closed", "-f", tmp_path / "key"], check=True)
    job["SLIPWAY_SSH_KEY"] = str(tmp_path / "key")
    with (
        pytest.raises(RefusalError, match="no passphrase"),
        ssh.private_key(settings(tmp_path, job)),
    ):
        pass


def test_ssh_learns_no_host_key_and_asks_nothing() -> None:
    command = ssh.login(TARGET, Path("/key"), Path("/pinned"))
    assert "StrictHostKeyChecking=yes" in command
    assert "UserKnownHostsFile=/pinned" in command
    assert "BatchMode=yes" in command


@pytest.mark.parametrize(
    ("stderr", "what", "value"),
    [
        (CHANGED, "is not the pinned one", "SHA256:8dPLbZtP0yVxmgTWqmVrBlz0Lt6tAmnYyMHv0q9Hk1k"),
        ("No ED25519 host key is known for 192.0.2.1 and you have requested strict checking.", "no host key is", "web"),
        ("admin@192.0.2.1: Permission denied (publickey).", "does not accept the key", "admin@192.0.2.1:22"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection timed out", "can't be reached", "Connection timed out"),
    ],
)
def test_what_ssh_complains_about_is_explained(stderr: str, what: str, value: str) -> None:
    refusal = ssh.explain(TARGET, "production", stderr)
    assert what in refusal.what
    assert value in refusal.value + refusal.what


def test_a_wrong_vault_password_is_explained(tmp_path: Path, job: dict[str, str]) -> None:
    sealed = tmp_path / "inventory" / "group_vars" / "all" / "vault.yml"
    sealed.parent.mkdir(parents=True)
    sealed.write_bytes(VaultLib([("default", VaultSecret(b"another one"))]).encrypt("vault_x: y"))
    with pytest.raises(RefusalError, match="SLIPWAY_VAULT_PASSWORD does not open the inventory's vault") as refused:
        jobs._read(settings(tmp_path, job))
    assert refused.value.value == "(not shown)"


def test_the_jobs_host_keys_come_before_any_of_the_inventory(tmp_path: Path, job: dict[str, str]) -> None:
    given = plays.environment(settings(tmp_path, job), {"PATH": "/bin"})
    assert f"-o UserKnownHostsFile={tmp_path / 'SLIPWAY_KNOWN_HOSTS'}" in given["ANSIBLE_SSH_ARGS"]
    assert "ControlPersist" in given["ANSIBLE_SSH_ARGS"]  # the usual arguments stay
    target = inventory.Target("web1", "192.0.2.1", "admin", 22, ("-o", "UserKnownHostsFile=/other"))
    command = ssh.login(target, Path("/key"), Path("/pinned"))
    assert command.index("UserKnownHostsFile=/pinned") < command.index("UserKnownHostsFile=/other")


def test_an_undeclared_app_is_refused_with_those_that_are(tmp_path: Path, job: dict[str, str]) -> None:
    declared = inventory.Inventory(settings(tmp_path, job).declared, (TARGET,), ({"name": "shop"},))
    with pytest.raises(RefusalError) as refused:
        declared.app("shpo")
    assert refused.value.value == "shpo; declared: shop"


def test_the_jobs_key_wins_over_a_persons_own_in_the_inventory(tmp_path: Path, job: dict[str, str]) -> None:
    run = plays.playbooks(["deploy", "verify"], settings(tmp_path, job), Path("/tmp/key"), {"app_only": "shop"})
    command = run.command()
    given = json.loads(command[command.index("--extra-vars") + 1])
    assert given == as_text({"ansible_ssh_private_key_file": "/tmp/key", "app_only": "shop"})
    assert command[2:5] == [str(tmp_path / "inventory"), *(str(KIT / f"playbooks/{one}.yml") for one in run.verbs)]


def test_a_review_app_shares_no_name_domain_or_port_with_the_app_it_copies() -> None:
    app = {"name": "shop", "domains": ["shop.example.com"], "port": 8000, "loopback_port": 20000, "exposure": "public"}
    assert review_of([app], "shop", "7") == {
        "name": "shop-mr-7",
        "domains": ["mr-7.shop.example.com"],
        "port": 8000,
        "exposure": "public",
    }


@pytest.mark.parametrize(
    ("name", "number", "message"),
    [
        (
            "shpo",
            "7",
            "app_only: 'shpo' is not declared in slipway_apps; declared: blog, shop. Name one of them.",
        ),
        (
            "shop",
            "",
            "app_review_number: '' is not the number of a merge request. Say it with --number.",
        ),
        (
            "shop",
            "\u0667",
            "app_review_number: '\u0667' is not the number of a merge request. Say it with --number.",
        ),
        (
            "shop",
            "7; true",
            "app_review_number: '7; true' is not the number of a merge request. Say it with --number.",
        ),
        ("shop", "1" * 24, "shop-mr-" + "1" * 24 + " is longer than the 31 characters of an app's name; shorten shop."),
    ],
)
def test_an_impossible_review_app_is_refused(name: str, number: str, message: str) -> None:
    with pytest.raises(ReviewError) as refused:
        review_of([{"name": "shop"}, {"name": "blog"}], name, number)
    assert str(refused.value) == message


def test_the_image_travels_by_digest_and_is_tagged_by_commit() -> None:
    name = images.tag("registry.example.com/group/shop", "shop", "abc123")
    assert name == "registry.example.com/group/shop/shop:abc123"
    assert images.Built("registry.example.com/group/shop/shop@sha256:1", name).record() == (
        "SLIPWAY_IMAGE=registry.example.com/group/shop/shop@sha256:1\n"
    )


def test_a_registry_image_is_left_to_the_host_to_pull(tmp_path: Path) -> None:
    assert images.fetch({"SLIPWAY_IMAGE": "r.example.com/shop@sha256:1"}, tmp_path) == "r.example.com/shop@sha256:1"


def test_a_deploy_without_an_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="there is no image to deploy"):
        images.fetch({}, tmp_path)


def test_drift_is_what_the_recap_counts_as_changed() -> None:
    recap = "web1    : ok=9    changed=2    unreachable=0\n\x1b[0;32mweb2\x1b[0m : ok=9    changed=0  unreachable=0\n"
    assert plays.changed(f"PLAY RECAP ***\n{recap}") == {"web1": 2}
