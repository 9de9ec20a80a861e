"""What Ansible can't read is said with file, line and way out, all files at once, before Ansible starts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED
from slipway import cli, inventory, legible
from slipway.environment import Environment
from slipway.legible import UnreadableError
from slipway.playbook import Run

MAIN = "group_vars/all/main.yml"
HOSTS = b"all: {hosts: {web1: {ansible_host: 127.0.0.1, ansible_port: 1}}}\n"
TEMPLATE_HINT = "a value that begins with {{ is written in quotes"
# (file of the inventory, its bytes, what is said, the line)
UNREADABLE = {
    "a tab": (
        MAIN,
        b"slipway_apps:\n\t- name: x\n",
        "A tab indents the line, and YAML is indented by spaces only: `- name: x`. [BAD_YAML]",
        2,
    ),
    "a tab in hosts.yml": (
        "hosts.yml",
        b"all:\n\thosts: {}\n",
        "A tab indents the line, and YAML is indented by spaces only: `hosts: {}`. [BAD_YAML]",
        2,
    ),
    "a brace": (
        MAIN,
        b"caddy_email: a@example.com\nslipway_apps: [\n",
        "This is not YAML (while parsing a flow node did not find expected node content). [BAD_YAML]",
        3,
    ),
    "a colon": (
        "host_vars/web1.yml",
        b"caddy_email: ops: a@example.com\n",
        "This is not YAML (mapping values are not allowed in this context); a value with a colon and a space in it is "
        "written in quotes: `caddy_email: ops: a@example.com`. [BAD_YAML]",
        1,
    ),
    "a template without quotes": (
        "group_vars/web.yml",
        b"slipway_apps: {{ apps }}\n",
        f"A list or mapping can't be a key; {TEMPLATE_HINT}: `slipway_apps: {{{{ apps }}}}`. [BAD_YAML]",
        1,
    ),
    "a template and more without quotes": (
        MAIN,
        b"caddy_email: {{ a }}@example.com\n",
        "This is not YAML (while scanning for the next token found character that cannot start any token); "
        f"{TEMPLATE_HINT}: `caddy_email: {{{{ a }}}}@example.com`. [BAD_YAML]",
        1,
    ),
    "a key twice": (
        MAIN,
        b"slipway_apps: []\ncaddy_email: a@example.com\nslipway_apps: []\n",
        "The key `slipway_apps` is there twice, first in line 1: Ansible would take the last. [DUPLICATE_KEY]",
        3,
    ),
    "a key of an app twice": (
        MAIN,
        b"slipway_apps:\n  - name: shop\n    env: {A: '1', B: '2', A: '3'}\n    port: 80\n    port: 81\n",
        "The key `A` is there twice, first in line 3: Ansible would take the last. [DUPLICATE_KEY]",
        3,
    ),
    "Latin-1": (
        MAIN,
        b"slipway_apps: []\n# f\xfcr alle\n",
        "Byte 0xfc is not UTF-8, which Ansible reads; in Latin-1 it is `ü`. [NOT_UTF8]",
        2,
    ),
    "Latin-1 in an inventory of INI": (
        "more.ini",
        b"[web]\nweb2 # f\xfcr alle\n",
        "Byte 0xfc is not UTF-8, which Ansible reads; in Latin-1 it is `ü`. [NOT_UTF8]",
        2,
    ),
    "UTF-16": (
        MAIN,
        "slipway_apps: []\n".encode("utf-16"),
        "The file is UTF-16, and Ansible reads UTF-8. [NOT_UTF8]",
        1,
    ),
    "a strange tag": (
        MAIN,
        b"slipway_apps: !apps x\n",
        "The tag `!apps` is unknown to Ansible: `slipway_apps: !apps x`. [BAD_YAML]",
        1,
    ),
    "a day that is none": (
        MAIN,
        b"a: 1\nb: 2026-13-45\n",
        "YAML takes the value for a timestamp, and it can't be one; quote it: `b: 2026-13-45`. [BAD_YAML]",
        2,
    ),
    "a list": (MAIN, b"- a\n", "Names with values are expected, `name: value`: `- a`. [BAD_YAML]", 1),
    "two documents": (
        MAIN,
        b"a: 1\n---\nb: 1\n",
        "This is not YAML (expected a single document in the stream but found another document): `---`. [BAD_YAML]",
        2,
    ),
    "a control character": (MAIN, b"a: 1\nb: \x00\n", "Character 0 can't stand in YAML: `b: \\x00`. [BAD_YAML]", 2),
    "a line with a secret": (
        MAIN,
        b"caddy_token: hunter2: x\n",
        "This is not YAML (mapping values are not allowed in this context); a value with a colon and a space in it is "
        "written in quotes. [BAD_YAML]",
        1,
    ),
    "a vault that is not encrypted": (
        "group_vars/all/vault.yml",
        b"a: b: hunter2: x\n",
        "This is not YAML (mapping values are not allowed in this context); a value with a colon and a space in it is "
        "written in quotes. [BAD_YAML]",
        1,
    ),
}
READABLE = {
    MAIN: b"# Gr\xc3\xbc\xc3\x9fe\nslipway_apps: []\nbase: &base {a: 1}\nmore: {<<: *base, <<: *base, a: 2}\n"
    b"raw: !unsafe '{{ x }}'\nsealed: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3131\n"
    b"day: 2026-01-31\nempty:\nself: &self {self: *self}\n",
    "group_vars/web.yml": b"\xef\xbb\xbfa: 1\n",
    "group_vars/old.yml": b"",
    "group_vars/no-secrets.yml": b"---\n",
    "group_vars/null.yml": b"# none yet\n~\n",
    "group_vars/all/vault.yml": b"$ANSIBLE_VAULT;1.1;AES256\n\tnot for us\n",
    "group_vars/all/.main.yml.swp": b"\xff\x00",
    "group_vars/all/notes.txt": b"\xff: : :",
    ".venv/x.yml": b"a: [\n",
    "hosts": b"web2: : : in a form of its own\n",
    "known_hosts.old": b"\xfc\n",
}


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An inventory that can be read, in the folder where the command is typed."""
    folder = tmp_path / "inventories" / "production"
    put(folder, "hosts.yml", HOSTS)
    put(folder, MAIN, b"slipway_apps: []\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Environment("production", (folder,))


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed as one line."""
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("case", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    case: tuple[str, bytes, str, int],
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, content, what, line = case
    put(environment.folder, name, content)
    # Ansible never starts.
    monkeypatch.setattr(Run, "command", None)
    monkeypatch.setattr(inventory, "surroundings", None)
    path = f"inventories/production/{name}"
    for words in (["site"], ["status"], ["doctor"], ["local", "up", "--name=shop", "--env"]):
        assert cli.main([*words, "production"]) == REFUSED
        printed = said(capsys)
        assert "refused: what Ansible reads for production is not in order; nothing was touched." in printed
        assert f"1. {what} where {path}:{line} next " in printed
        assert "hunter2" not in printed
        command = printed.partition(f":{line} next ")[2]
        assert command.startswith(f"${{EDITOR:-vi}} +{line} {path}" if "NOT_UTF8" not in what else "iconv -f ")


def test_all_files_are_named_at_once(environment: Environment) -> None:
    for name in ("hosts.yml", "sites/web.yml", MAIN, "host_vars/web1.yml"):
        put(environment.folder, name, b"a:\n\tb: 1\n")
    more = put(environment.folder.parent, "more.yml", b"a: [\n")
    with pytest.raises(UnreadableError) as caught:
        legible.refuse_unreadable(environment, ["x=y", f"@{more}"])
    assert [finding.where.rpartition("/")[2] for finding in caught.value.findings] == [
        "hosts.yml:2",
        "web.yml:2",
        "main.yml:2",
        "web1.yml:2",
        "more.yml:2",
    ]


def test_what_ansible_reads_well_is_not_refused(environment: Environment) -> None:
    for name, content in READABLE.items():
        put(environment.folder, name, content)
    legible.refuse_unreadable(environment)


def test_the_command_for_latin_1_mends_the_file(environment: Environment) -> None:
    path = put(environment.folder, "group_vars/all/o'hara.yml", b"# f\xfcr\n")
    with pytest.raises(UnreadableError) as caught:
        legible.refuse_unreadable(environment)
    subprocess.run(["bash", "-c", caught.value.findings[0].command], check=True)
    assert path.read_text(encoding="utf-8") == "# für\n"
    legible.refuse_unreadable(environment)


def test_names_in_latin_1_are_named_and_the_command_mends_them(environment: Environment) -> None:
    folder = os.fsencode(environment.folder)
    Path(os.fsdecode(folder + b"/group_vars/b\xfcro")).mkdir()
    for name in (b"/group_vars/b\xfcro/it's.yml", b"/group_vars/all/\xe9.yml"):
        Path(os.fsdecode(folder + name)).write_bytes(b"a: 1\n")
    with pytest.raises(UnreadableError) as caught:
        legible.refuse_unreadable(environment)
    assert [(finding.what, finding.where) for finding in caught.value.findings] == [
        (
            "Byte 0xe9 in a name is not UTF-8; in Latin-1 it is `é`.",
            "inventories/production/group_vars/all/\\xe9.yml",
        ),
        ("Byte 0xfc in a name is not UTF-8; in Latin-1 it is `ü`.", "inventories/production/group_vars/b\\xfcro"),
    ]
    for finding in caught.value.findings:
        subprocess.run(["bash", "-c", finding.command], check=True)
    assert (environment.folder / "group_vars" / "büro" / "it's.yml").is_file()
    legible.refuse_unreadable(environment)
