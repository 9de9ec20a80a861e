"""Why Ansible can't work on a host, told from what SSH, sudo or the interpreter said."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import pinned_file, ssh_path

SSH_PORT = 22
USER = r"[a-z_][a-z0-9_.-]{0,31}"


@dataclass(frozen=True)
class Target:
    """Where Ansible connects to, as the inventory says."""

    name: str
    address: str
    port: int
    user: str
    known_hosts: str = ""

    @classmethod
    def of(cls, variables: Mapping[str, object], template: Callable[[object], object]) -> Target:
        """Return where Ansible goes for the host whose variables these are; `template` resolves their values."""
        name = str(variables["inventory_hostname"])

        def value(variable: str, default: object) -> str:
            return str(template(variables.get(variable, default)))

        port, user = int(value("ansible_port", SSH_PORT)), value("ansible_user", "root")
        pinned = pinned_file(value("ansible_ssh_common_args", ""))
        return cls(name, value("ansible_host", name), port, user, pinned)

    @property
    def login(self) -> str:
        """Return the command that opens the same connection by hand."""
        return self.login_as(self.user)

    def login_as(self, user: str) -> str:
        """Return the same command for another user."""
        port = "" if self.port == SSH_PORT else f" -p {self.port}"
        option = shlex.quote(f"UserKnownHostsFile={ssh_path(self.known_hosts)}")
        pinned = f" -o {option}" if self.known_hosts else ""
        return f"ssh{port}{pinned} {user}@{self.address}"

    @property
    def words(self) -> dict[str, str]:
        """Return what the texts of a cause name."""
        pinned = shlex.quote(self.known_hosts or "known_hosts")
        entry = self.address if self.port == SSH_PORT else f"'[{self.address}]:{self.port}'"
        scan = f"ssh-keyscan -p {self.port} {self.address} | tee new-key | ssh-keygen -lf -"
        return {
            "name": self.name,
            "address": self.address,
            "port": str(self.port),
            "user": self.user,
            "login": self.login,
            "pinned": pinned,
            "scan": f"{scan}   # is that what the provider's console shows?",
            "forget": f"ssh-keygen -R {entry} -f {pinned}",
        }


@dataclass(frozen=True)
class Cause:
    """One way to fail.

    `pattern` is searched whatever its case, `^` and `$` are of a line; texts are templates over the target's words and
    the pattern's groups.
    """

    code: str
    pattern: str
    what: str
    where: str
    command: str


# "a password is required" and "you must have a tty to run sudo" in the languages that sudo speaks (its po/*.po).
ASKED_FOR = (
    "passwor|contraseñ|contraseny|heslo|adgangskode|κωδικός|pasvort|salasan|mot de passe|lozinka|лозинка|jelszó"
    "|パスワード|암호|passord|wachtwoord|hasło|senha|parol|geslo|lösenord|пароль|mật khẩu|密码|密碼"
)
TERMINAL = r"\btty|terminal\w* (?:per|hebben|pa)|конзолу|终端|終端"
# What cloud images answer to root, on its standard output.
OTHER_USER = rf"please log ?in as the user \"?(?P<wanted>{USER})\"? rather than"
# Sudo complains so in front of whatever it does.
ASIDE = re.compile(
    r"^sudo ?: .*(?:unable to resolve host|resolve host|aufgelöst|de résoudre|resolver|risolvere).*$",
    re.IGNORECASE | re.MULTILINE,
)

# In this order: the first that matches is the cause.
CAUSES = (
    Cause(
        "HOST_UNKNOWN",
        r"could not resolve hostname|name or service not known|nodename nor servname|temporary failure in name res",
        "The address of {name}, {address}, is not known to the resolver.",
        "ansible_host of {name} in the inventory",
        "getent hosts {address}",
    ),
    Cause(
        "HOST_KEY_NOT_PINNED",
        r"no \S+ host key is known for",
        "No host key of {name} ({address}) is pinned, so it can't be told from any other host.",
        "known_hosts beside the inventory",
        "{scan} Then: cat new-key >> {pinned}",
    ),
    Cause(
        "HOST_KEY",
        r"host key verification failed|remote host identification has changed|mismatching host key",
        "{name} ({address}) shows a host key that is not the pinned one. Either the host was reinstalled, or somebody "
        "stands between.",
        "known_hosts beside the inventory",
        "{scan} Then: {forget}; cat new-key >> {pinned}",
    ),
    Cause(
        "SSH_OTHER_USER",
        OTHER_USER,
        "{name} ({address}) refuses the login as {user} and wants {wanted} instead, who may become root by sudo.",
        "ansible_user of {name} in the inventory: {wanted}",
        "{wanted_login} sudo -n true",
    ),
    Cause(
        "SSH_REFUSED_USER",
        r"permission denied|authentication is incorrect|authentication failed|too many authentication failures"
        r"|no supported authentication",
        "{name} ({address}) refuses the SSH login as {user}.",
        "ansible_user and ansible_ssh_private_key_file of {name} in the inventory",
        "{login} true",
    ),
    Cause(
        "NO_ROOT",
        r"password is required|missing sudo password|sudo password|not in the sudoers|not allowed to execute"
        rf"|sudo: .*not found|a terminal is required|^sudo ?: .*(?:{ASKED_FOR})",
        "User {user} may log in to {name} but not become root without a password.",
        "the sudo rules of {name}, or run with --ask-become-pass",
        "{login} sudo -n true",
    ),
    Cause(
        "SUDO_WANTS_TTY",
        rf"^sudo ?: .*(?:{TERMINAL})",
        "The sudo of {name} works on a terminal only (`requiretty`), and Ansible has none.",
        "`Defaults requiretty` in /etc/sudoers or /etc/sudoers.d of {name}: take it out",
        "{login} -t sudo visudo",
    ),
    Cause(
        "NO_ROOT",
        r"^sudo ?: (?P<complaint>.+)$",
        "User {user} may log in to {name} but not become root; sudo there says: {complaint}",
        "the sudo rules of {name}",
        "{login} -t sudo true",
    ),
    Cause(
        "NO_PYTHON",
        r"python3?: (?:(?:command )?not found|no such file)|no such file or directory: .*python|interpreter .*not found"
        r"|/usr/bin/python3: .*not found|exec.*python3",
        "{name} has no Python, which Ansible needs.",
        "the packages of {name}",
        "{login} sudo apt-get install -y python3",
    ),
    Cause(
        "HOST_UNREACHABLE",
        r"connection refused|timed? ?out|no route to host|network is unreachable|connection (?:reset|closed)"
        r"|eof on stream",
        "{name} does not answer on {address} port {port}: {detail}.",
        "ansible_host and ansible_port of {name} in the inventory; is the host up, does a firewall stand before it?",
        "{login} true",
    ),
)
UNEXPLAINED = "HOST_UNUSABLE"
# A finding with one of these says that the host was not examined, not how it is.
CODES = frozenset({*(cause.code for cause in CAUSES), UNEXPLAINED})
DETAIL = re.compile(CAUSES[-1].pattern, re.IGNORECASE)


def explain(complaint: str, target: Target) -> Finding:
    """Return the cause behind an SSH, sudo or interpreter complaint; an unknown one is quoted by its last line."""
    complaint = ASIDE.sub("", complaint)
    for cause in CAUSES:
        if found := re.search(cause.pattern, complaint, re.IGNORECASE | re.MULTILINE):
            detail = DETAIL.search(complaint)
            words = {**target.words, **found.groupdict(), "detail": detail[0].lower() if detail else ""}
            words["wanted_login"] = target.login_as(words.get("wanted") or target.user)
            return Finding(
                cause.code, cause.what.format(**words), cause.where.format(**words), cause.command.format(**words)
            )
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    last = lines[-1] if lines else "no reason given"
    return Finding(
        UNEXPLAINED,
        f"Ansible can't work on {target.name} ({target.address}): {last}",
        f"{target.name} in the inventory",
        f"{target.login} true",
    )
