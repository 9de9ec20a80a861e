from __future__ import annotations

import json
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.ci_setup import gitlab, keys, variables
from slipway.ci_setup.verb import hand_out_to_branches
from slipway.environment import Environment
from slipway.inventory import Target
from tests.unit.tls_site import TlsSite

# https://docs.gitlab.com/api/project_level_variables/#create-a-variable
FORM = {"key": str, "value": str, "variable_type": str, "environment_scope": str} | dict.fromkeys(
    ("protected", "masked", "raw"), bool
)


class FakeGitlab(BaseHTTPRequestHandler):
    """The variables endpoints of GitLab's API, for one project and one token."""

    variables: ClassVar[dict[tuple[str, str], dict[str, str | bool]]] = {}

    def do_GET(self) -> None:
        self.reply(200 if self.key() in self.variables else 404, "404 Variable Not Found")

    def do_POST(self) -> None:
        fields = self.fields()
        name = str(fields["key"]), str(fields["environment_scope"])
        if name in self.variables:
            self.reply(400, "key has already been taken")
        else:
            self.variables[name] = fields
            self.reply(201, "made")

    def do_PUT(self) -> None:
        fields = self.fields()
        if self.key() not in self.variables:
            self.reply(404, "404 Variable Not Found")
        else:
            self.variables[self.key()] = fields
            self.reply(200, "updated")

    def do_DELETE(self) -> None:
        del self.variables[self.key()]
        self.reply(204, "")

    def key(self) -> tuple[str, str]:
        address = urllib.parse.urlsplit(self.path)
        scope = urllib.parse.parse_qs(address.query).get("filter[environment_scope]", [""])[0]
        return address.path.rsplit("/", 1)[1], scope

    def fields(self) -> dict[str, str | bool]:
        assert self.headers["Content-Type"] == "application/json"
        fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert {name: type(value) for name, value in fields.items()} == FORM
        return dict(fields)

    def reply(self, status: int, message: str) -> None:
        if self.headers["PRIVATE-TOKEN"] != "right":
            status, message = 401, "401 Unauthorized"
        elif not self.path.startswith("/api/v4/projects/group%2Fshop/variables"):
            status, message = 404, "404 Project Not Found"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"message": message}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the test's output for failures."""


@pytest.fixture
def server() -> Iterator[str]:
    FakeGitlab.variables.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeGitlab) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()


def wanted() -> list[variables.Variable]:
    given = {
        "SLIPWAY_SSH_KEY": "-----BEGIN\nkey\n",
        "SLIPWAY_KNOWN_HOSTS": "web1 ssh-ed25519 AAAA\n",
        "SLIPWAY_VAULT_PASSWORD": "longenough\n",
    }
    return [variables.Variable(key, value, "production", protected=True) for key, value in given.items()]


def test_variables_are_made_then_updated_in_their_scope(server: str) -> None:
    project = gitlab.Project(server, "group/shop", "right")
    assert [project.put(variable) for variable in wanted()] == ["made"] * 3
    assert [project.put(variable) for variable in wanted()] == ["updated"] * 3
    key = FakeGitlab.variables["SLIPWAY_SSH_KEY", "production"]
    assert (key["variable_type"], key["protected"], key["value"]) == ("file", True, "-----BEGIN\nkey\n")
    assert FakeGitlab.variables["SLIPWAY_VAULT_PASSWORD", "production"]["masked"] is True


@pytest.mark.parametrize(
    ("path", "token", "said"),
    [("group/shop", "wrong", "401 Unauthorized"), ("group/shpo", "right", "404 Project Not Found")],
)
def test_what_gitlab_refuses_is_said_without_the_token(server: str, path: str, token: str, said: str) -> None:
    project = gitlab.Project(server, path, token)
    with pytest.raises(RefusalError, match="GitLab did not take the variables") as refused:
        project.put(wanted()[0])
    assert said in refused.value.value
    with pytest.raises(RefusalError, match=said):
        project.drop("SLIPWAY_SSH_KEY", "production")
    assert token not in str(refused.value).replace(path, "")


@pytest.mark.parametrize("token", ["glpat-a\n", "glpat-a\nglpat-b"])
def test_a_token_that_is_not_a_header_is_refused_and_not_shown(server: str, token: str) -> None:
    with pytest.raises(RefusalError, match="header value") as refused:
        gitlab.Project(server, "group/shop", token).put(wanted()[0])
    assert "glpat" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(RefusalError, match=r"http://127\.0\.0\.1:9/"):
        gitlab.Project("http://127.0.0.1:9", "group/shop", "right").put(wanted()[0])


def test_an_authority_of_the_system_vouches_for_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with TlsSite(tmp_path, "localhost") as site:
        project = gitlab.Project(f"https://localhost:{site.port}", "group/shop", "right")
        with pytest.raises(RefusalError, match="CERTIFICATE_VERIFY_FAILED"):
            project.put(wanted()[0])
        monkeypatch.setenv("SSL_CERT_FILE", str(site.root))  # where OpenSSL looks for the system's
        with pytest.raises(RefusalError, match="malformed server response"):  # it is not a GitLab
            project.put(wanted()[0])


@pytest.mark.parametrize(
    "remote",
    [
        "git@gitlab.example.com:group/shop.git",
        "ssh://git@gitlab.example.com:2222/group/shop.git",
        "https://oauth2@gitlab.example.com/group/shop.git",
        "https://gitlab.example.com/group/shop",
    ],
)
def test_the_project_is_read_from_the_remote(remote: str) -> None:
    project = gitlab.project({"GITLAB_TOKEN": "t"}, remote)
    assert project == gitlab.Project("https://gitlab.example.com", "group/shop", "t")


def test_the_project_is_the_one_that_the_inventory_is_committed_to(tmp_path: Path) -> None:
    kit, shop = tmp_path / "kit", tmp_path / "shop"
    for repository in (kit, shop):
        remote = f"git@gitlab.example.com:group/{repository.name}.git"
        (repository / "inventories").mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", repository], check=True)
        subprocess.run(["git", "-C", repository, "remote", "add", "origin", remote], check=True)
    (shop / "inventories" / "production").mkdir()
    (kit / "inventories" / "production").symlink_to(shop / "inventories" / "production")
    assert gitlab.remote_of(kit / "inventories" / "production") == "git@gitlab.example.com:group/shop.git"


def test_without_a_token_no_project_is_set_up() -> None:
    assert gitlab.project({}, "git@gitlab.example.com:group/shop.git") is None


def test_a_token_without_a_known_project_is_refused() -> None:
    with pytest.raises(RefusalError, match="not known which GitLab project"):
        gitlab.project({"GITLAB_TOKEN": "t"}, "")


def test_secrets_do_not_show_in_a_variables_text() -> None:
    assert "longenough" not in repr(wanted())
    assert "secret" not in repr(gitlab.Project("https://gitlab.example.com", "group/shop", "secret"))


def test_the_deploy_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = keys.deploy_key(tmp_path / "slipway", "production")
    text = first.read_text()
    assert keys.deploy_key(tmp_path / "slipway", "production").read_text() == text
    assert first.stat().st_mode & 0o777 == 0o600


def pinned(tmp_path: Path, name: str) -> tuple[Path, str]:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "host"], check=True)
    key = " ".join((tmp_path / "host.pub").read_text().split()[:2])
    (tmp_path / "known_hosts").write_text(f"{name} {key}\n")
    return tmp_path / "known_hosts", key


@pytest.mark.parametrize(("port", "name"), [(22, "192.0.2.7"), (2222, "[192.0.2.7]:2222")])
def test_host_keys_come_from_where_ssh_itself_verified_them(tmp_path: Path, port: int, name: str) -> None:
    file, key = pinned(tmp_path, name)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    target = Target("web1", "192.0.2.7", "admin", port, ("-o", f"UserKnownHostsFile={file}"))
    assert keys.known_hosts(target, "production") == f"{name} {key}\n"


def test_a_host_that_was_never_verified_is_refused_not_scanned(tmp_path: Path) -> None:
    file, _ = pinned(tmp_path, "192.0.2.8")
    target = Target("web1", "192.0.2.7", "admin", 22, ("-o", f"UserKnownHostsFile={file}"))
    with pytest.raises(RefusalError, match="never verified the host key of web1"):
        keys.known_hosts(target, "production")


def inventory_of(folder: Path, environment: str, address: str) -> Path:
    """Return an inventory whose vault nobody here can open, with its host's key pinned beside it."""
    inventory = folder / "inventories" / environment
    (inventory / "group_vars" / "all").mkdir(parents=True)
    (folder / f"keys-{environment}").mkdir()
    file, _ = pinned(folder / f"keys-{environment}", f"[{address}]:1")
    host = {"ansible_host": address, "ansible_port": 1, "ansible_ssh_common_args": f"-o UserKnownHostsFile={file}"}
    (inventory / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"web1": host}}}))
    (inventory / "group_vars" / "all" / "vault.yml").write_text(VAULT)
    return inventory


VAULT = "$ANSIBLE_VAULT;1.1;AES256\n3131\n"


def branches(server: str, tmp_path: Path, inventory: Path, answer: str | None) -> None:
    environ = {"GITLAB_TOKEN": "right", "GITLAB_URL": server, "GITLAB_PROJECT": "group/shop"}
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    hand_out_to_branches(
        Environment(inventory.name, (inventory,)), environ, None if answer is None else lambda _: answer
    )


def test_branches_get_a_key_of_their_own_and_no_password_of_a_vault(  # I-08
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = inventory_of(tmp_path, "staging", "127.0.0.1")
    of_protected = keys.deploy_key(tmp_path / "config" / "slipway", "staging")
    # What an earlier version handed out is taken back.
    FakeGitlab.variables["SLIPWAY_VAULT_PASSWORD", "review/*"] = {"value": "password of staging"}
    FakeGitlab.variables["SLIPWAY_VAULT_PASSWORD", "production"] = {"value": "password of production"}
    branches(server, tmp_path, inventory, "staging")
    unprotected = {name for name, fields in FakeGitlab.variables.items() if fields.get("protected") is False}
    assert unprotected == {("SLIPWAY_SSH_KEY", "review/*"), ("SLIPWAY_KNOWN_HOSTS", "review/*")}
    assert set(FakeGitlab.variables) - unprotected == {("SLIPWAY_VAULT_PASSWORD", "production")}
    assert FakeGitlab.variables["SLIPWAY_SSH_KEY", "review/*"]["value"] != of_protected.read_text()
    said = capsys.readouterr().out
    assert "Whoever can push a branch to the project is then root on web1 (root@127.0.0.1)" in said


@pytest.mark.parametrize(
    ("environment", "address", "answer", "what"),
    [
        ("production", "127.0.0.1", "production", "branches get no key to production"),
        ("eu-prod", "127.0.0.1", "eu-prod", "branches get no key to production"),
        ("staging", "127.0.0.2", "staging", "branches get no key to a host of live"),
        ("staging", "127.0.0.1", "yes", "nobody agreed that branches are root on the hosts of staging"),
        ("staging", "127.0.0.1", None, "nobody agreed that branches are root on the hosts of staging"),
    ],
    ids=["production", "another production", "host of production", "not agreed", "nobody to agree"],
)
def test_branches_get_nothing_of_production_and_nothing_unasked(
    server: str, tmp_path: Path, *, environment: str, address: str, answer: str | None, what: str
) -> None:
    inventory_of(tmp_path, "live", "127.0.0.2")
    inventory = inventory_of(tmp_path, environment, address)
    with pytest.raises(RefusalError) as refused:
        branches(server, tmp_path, inventory, answer)
    assert refused.value.what == what
    assert FakeGitlab.variables == {}
    assert not (tmp_path / "config").exists()
