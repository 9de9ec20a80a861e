"""Each way in which a host can't be used has its own sentence and its own way out."""

# ruff: noqa: RUF001 - words of many languages
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import Target, explain
from slipway.init import hostkey, login, ssh_config
from slipway.init.errors import InitError
from slipway.inventory import Target as Declared
from slipway.pipeline import ssh

TARGET = Target("web1", "192.0.2.7", 22, "root", "inventories/production/known_hosts")
LOGIN = "ssh -o UserKnownHostsFile=inventories/production/known_hosts"
# What sudo -n says where a password is needed, from its own translations.
PASSWORDS = (
    *("sudo: a password is required", "sudo: Ein Passwort ist notwendig", "sudo: se requiere una contraseña"),
    *(
        "sudo : il est nécessaire de saisir un mot de passe",
        "sudo: è necessaria una password",
        "sudo: wymagane jest hasło",
    ),
    *("sudo: es requereix una contrasenya", "sudo: je vyžadováno heslo", "sudo: der kræves en adgangskode"),
    *(
        "sudo: απαιτείται κωδικός πρόσβασης",
        "sudo: vaaditaan salasana",
        "sudo: nužna je lozinka",
        "sudo: jelszó szükséges",
    ),
    *(
        "sudo: パスワードが必要です",
        "sudo: 암호가 필요합니다",
        "sudo: du må oppgi et passord",
        "sudo: een wachtwoord is verplicht",
    ),
    *(
        "sudo: é necessária uma senha",
        "sudo: o parolă este necesară",
        "sudo: zahtevano je geslo",
        "sudo: ett lösenord krävs",
    ),
    *(
        "sudo: потребна је лозинка",
        "sudo: слід вказати пароль",
        "sudo: bắt buộc phải có mật khẩu",
        "sudo: 需要密码",
        "sudo: 需要密碼",
    ),
)
# The same where `requiretty` is set.
TERMINALS = (
    *("sudo: sorry, you must have a tty to run sudo", "sudo: Sie müssen ein TTY haben, um sudo zu verwenden"),
    *(
        "sudo: désolé, vous devez avoir un terminal tty pour exécuter sudo",
        "sudo: tyvärr, du måste ha en tty för att köra sudo",
    ),
    *(
        "sudo: è necessario disporre di un tty per eseguire sudo",
        "sudo: ho sentim, heu de tenir una terminal per executar sudo",
    ),
    *(
        "sudo: sorry, u moet een terminal hebben om sudo te gebruiken",
        "sudo: извините, морате имати конзолу да покренете судо",
    ),
    *("sudo: 抱歉，您必须拥有一个终端来执行 sudo", "sudo: 抱歉，您必須先要有終端才能執行 sudo"),
)
CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
The fingerprint for the ED25519 key sent by the remote host is
SHA256:2Lq0NPl7h7aCPVeFRDKCsOTdmLXE3V3dOBcPdBMyPJk.
Password authentication is disabled to avoid man-in-the-middle attacks.
root@192.0.2.7: Permission denied (publickey,password).
"""
OTHER_USER = 'Please login as the user "ubuntu" rather than the user "root".\n\n'
ASIDE = "sudo: unable to resolve host web1: Name or service not known\n"
SCAN = (
    "ssh-keyscan -p 22 192.0.2.7 | tee new-key | ssh-keygen -lf -   # is that what the provider's console shows? Then: "
)
PINNED = "inventories/production/known_hosts"
WAYS = {
    "changed": (CHANGED, "HOST_KEY", f"{SCAN}ssh-keygen -R 192.0.2.7 -f {PINNED}; cat new-key >> {PINNED}"),
    "mitogen": (
        "Host key checking is enabled, and SSH reported an unrecognized or mismatching host key.",
        "HOST_KEY",
        f"{SCAN}ssh-keygen -R 192.0.2.7 -f {PINNED}; cat new-key >> {PINNED}",
    ),
    "not pinned": (
        "No ED25519 host key is known for 192.0.2.7 and you have requested strict checking.\n"
        "Host key verification failed.",
        "HOST_KEY_NOT_PINNED",
        f"{SCAN}cat new-key >> {PINNED}",
    ),
    "another user": (OTHER_USER, "SSH_OTHER_USER", f"{LOGIN} ubuntu@192.0.2.7 sudo -n true"),
    "another user, by mitogen": (
        f"EOF on stream; last 100 lines received:\n{OTHER_USER}",
        "SSH_OTHER_USER",
        f"{LOGIN} ubuntu@192.0.2.7 sudo -n true",
    ),
    "name of the host": (f"{ASIDE}sudo: a password is required", "NO_ROOT", f"{LOGIN} root@192.0.2.7 sudo -n true"),
    "the same in German": (
        "sudo: Hostname web1 kann nicht aufgelöst werden: Der Name oder der Dienst ist nicht bekannt\n"
        "sudo: Ein Passwort ist notwendig",
        "NO_ROOT",
        f"{LOGIN} root@192.0.2.7 sudo -n true",
    ),
    "no Python for bash": (
        "bash: /usr/bin/python3: No such file or directory",
        "NO_PYTHON",
        f"{LOGIN} root@192.0.2.7 sudo apt-get install -y python3",
    ),
}


@pytest.mark.parametrize("complaint", PASSWORDS)
def test_sudo_wants_a_password_in_any_language(complaint: str) -> None:
    found = explain(f"{ASIDE}{complaint}\n", TARGET)
    assert found.code == "NO_ROOT"
    assert found.what == "User root may log in to web1 but not become root without a password."


@pytest.mark.parametrize("complaint", TERMINALS)
def test_sudo_wants_a_terminal_in_any_language(complaint: str) -> None:
    found = explain(f"{ASIDE}{complaint}\n", TARGET)
    assert (found.code, found.command) == ("SUDO_WANTS_TTY", f"{LOGIN} root@192.0.2.7 -t sudo visudo")


def test_whatever_else_sudo_says_is_quoted() -> None:
    found = explain(f"{ASIDE}sudo: /etc/sudoers is world writable\n", TARGET)
    assert found.code == "NO_ROOT"
    assert found.what.endswith("not become root; sudo there says: /etc/sudoers is world writable")


@pytest.mark.parametrize(("complaint", "code", "command"), WAYS.values(), ids=WAYS)
def test_each_cause_has_its_way_out(complaint: str, code: str, command: str) -> None:
    found = explain(complaint, TARGET)
    assert (found.code, found.command) == (code, command)


def test_the_pinned_keys_are_those_that_ansible_is_told_of() -> None:
    variables = {"inventory_hostname": "web1", "ansible_ssh_common_args": "-J j -o UserKnownHostsFile='/a b' -o X=y"}
    assert Target.of(variables, lambda value: value).known_hosts == "/a"  # SSH reads two files there
    variables["ansible_ssh_common_args"] = "-J j -o UserKnownHostsFile=/a/known_hosts -o GlobalKnownHostsFile=/dev/null"
    assert Target.of(variables, lambda value: value).known_hosts == "/a/known_hosts"


def test_init_and_pipelines_name_the_user_that_a_cloud_image_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 142, OTHER_USER, "")

    monkeypatch.setattr("slipway.init.login.subprocess.run", run)
    with pytest.raises(InitError) as caught:
        login.groups(TARGET, Path(PINNED), "")
    assert caught.value.finding.code == "SSH_OTHER_USER"
    refusal = ssh.explain(Declared("web1", "192.0.2.7", "root"), "production", f"{OTHER_USER}\n")
    assert refusal.what == "web1 refuses the login as root and wants ubuntu instead"


CONFIG = """Host web1
  HostName 192.0.2.9
  Port 2222
  User ops
Host inside
  HostName 10.0.0.5
  ProxyJump me@bastion.example.com
Host odd
  ProxyCommand nc %h %p
"""
ALIASES = {
    "web1": ("SSH_CONFIG_ALIAS", "slipway init ENV ... --host 192.0.2.9 --ssh-port 2222 --ssh-user ops"),
    "inside": (
        "SSH_CONFIG_JUMP",
        "ssh me@bastion.example.com ssh-keyscan -p 22 10.0.0.5   # the lines for known_hosts",
    ),
    "odd": ("SSH_CONFIG_JUMP", "ssh JUMP_HOST ssh-keyscan -p 22 odd   # the lines for known_hosts"),
    "192.0.2.1": ("", ""),
}


@pytest.mark.parametrize("host", ALIASES)
def test_a_host_that_only_the_configuration_of_ssh_knows_is_told_from_one_that_is_down(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(CONFIG)
    known = ssh_config.look_up(host, tmp_path / "config")
    monkeypatch.setattr(hostkey, "look_up", lambda _: known)
    monkeypatch.setattr(
        "slipway.init.hostkey.subprocess.run", lambda command, **_: subprocess.CompletedProcess(command, 1, "", "")
    )
    with pytest.raises(InitError) as caught:
        hostkey.scan(host, 22)
    code, command = ALIASES[host]
    assert caught.value.finding.code == (code or "HOST_UNREACHABLE")
    assert not code or caught.value.finding.command == command
