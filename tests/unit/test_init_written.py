"""What `slipway init` writes is what was said, for any text and in any folder."""

from __future__ import annotations

import random
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import LINE
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import Target
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import yaml_text
from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import pinned_file, ssh_path
from slipway.ci_setup import keys
from slipway.environment import Environment
from slipway.init import files
from slipway.init.answers import fault_of, questions
from slipway.init.errors import InitError
from slipway.inventory import Target as Declared
from slipway.inventory import read

# What YAML gives a meaning somewhere, what it can't hold, and letters of all widths.
SPECIAL = list(" #:'\"\\/{}[],&*!|>%@`-?~=<.0123456789\t\r\n\0\x1b\x7f\x85\xa0\u2028\u2029\ufeff\ufffe\ud800é漢😀")
WORDS = [
    "on",
    "no",
    "yes",
    "null",
    "~",
    "0x1f",
    "1_000",
    "12:30",
    "2026-01-31",
    "1e3",
    ".inf",
    "---",
    "...",
    "<<",
    "=",
    "- x",
    "? x",
]
ANSWERS = {
    "HOST": "192.0.2.7",
    "SSH_USER": "root",
    "SSH_PORT": "22",
    "SSH_KEY": "",
    "APP": "shop",
    "DOMAIN": "shop.example.com",
    "EXPOSURE": "public",
    "EMAIL": "me@example.com",
    "SOURCE": "../shop",
}
FOLDERS = ["my projects", "büro (neu)", "a  b #1", "漢字 & co; x", "o-k"]
BAD_FOLDERS = ["o'hara", 'x"y', "a\\b", "50%", "$HOME", "a{{ 7 * 6 }}", "line\nend", "\udcfc"]


def texts() -> Iterator[str]:
    """Yield texts, the same in each run."""
    yield from WORDS
    yield from SPECIAL
    chosen = random.Random(16)
    for _ in range(400):
        yield "".join(chosen.choice([*SPECIAL, *WORDS, "a"]) for _ in range(chosen.randint(1, 12)))


def test_any_text_is_read_back_as_itself_by_the_loader_of_ansible() -> None:
    said = [text for text in texts() if "\ud800" not in text]
    written = "".join(f"- {yaml_text(text)}\n" for text in said)
    assert DataLoader().load(written) == said
    assert DataLoader().load("".join(f"{yaml_text(text)}: 1\n" for text in dict.fromkeys(said))) == dict.fromkeys(
        said, 1
    )


def test_any_answer_that_is_accepted_is_written_as_it_was_said(tmp_path: Path) -> None:
    loader, accepted = DataLoader(), 0
    for text in texts():
        for name in ("HOST", "SSH_USER", "APP", "DOMAIN", "EMAIL", "SOURCE", "SSH_KEY"):
            said = {"EMAIL": f"{text}@x.ie"}.get(name, text)
            [question] = [one for one in questions({"APP": "shop"}) if one.variable == name]
            # A folder and a file of that name may well be there.
            fault = fault_of(question, said) if name not in ("SOURCE", "SSH_KEY") else None
            homeless = name == "SSH_KEY" and said.startswith("~") and said != "~"  # of somebody who does not exist
            if fault or homeless or not LINE.fits(said) or "\ud800" in said:
                continue
            written = files.render(files.Plan("production", tmp_path, {**ANSWERS, name: said}, "", (said,)))
            main, hosts = (loader.load(written[path]) for path in ("group_vars/all/main.yml", "hosts.yml"))
            [app] = main["slipway_apps"]
            host = hosts["all"]["hosts"]["production"]
            found = {
                "HOST": host["ansible_host"],
                "SSH_USER": host["ansible_user"],
                "APP": app["name"],
                "DOMAIN": app["domains"][0],
                "EMAIL": main["caddy_email"],
                "SOURCE": app.get("build") or app.get("image"),
                "SSH_KEY": host.get("ansible_ssh_private_key_file"),
            }
            expected = str(Path(said).expanduser().absolute()) if name == "SSH_KEY" else said
            assert found[name] == expected, (name, said)
            assert main["ssh_allow_groups"] == [said]
            accepted += 1
    assert accepted > 500


@pytest.mark.parametrize(
    ("name", "said"),
    [("SOURCE", "\ud800"), ("EMAIL", "\udcfc@x.ie"), ("SSH_KEY", "~nobody-of-this-name/id"), ("SSH_KEY", "x" * 300)],
)
def test_what_no_file_can_hold_is_refused(name: str, said: str) -> None:
    [question] = [one for one in questions({"APP": "shop"}) if one.variable == name]
    assert fault_of(question, said)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_may_have_spaces_in_its_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / name / "inventories" / "production"
    files.refuse_folder(folder)
    plan = files.Plan("production", folder, ANSWERS, "192.0.2.7 ssh-ed25519 AAAA\n")
    files.write(folder, files.render(plan))
    [target] = read(Environment("production", (folder,))).targets
    asked = subprocess.run(["ssh", "-F", "none", "-G", *target.args, "x"], capture_output=True, text=True, check=True)
    assert f"userknownhostsfile {folder}/known_hosts" in asked.stdout.splitlines()
    # Both commands that a person copies reach the same file.
    assert "ssh-ed25519 AAAA" in keys.known_hosts(Declared("web1", "192.0.2.7", "root", 22, target.args), "production")
    pinned = pinned_file(shlex.join(target.args))
    assert pinned == f"{folder}/known_hosts"
    login = shlex.split(Target("web1", "192.0.2.7", 22, "root", pinned).login)
    asked = subprocess.run([login[0], "-F", "none", "-G", *login[1:]], capture_output=True, text=True, check=True)
    assert f"userknownhostsfile {folder}/known_hosts" in asked.stdout.splitlines()


@pytest.mark.parametrize("name", BAD_FOLDERS)
def test_a_folder_that_ssh_or_ansible_would_misread_is_refused(name: str) -> None:
    with pytest.raises(InitError) as caught:
        files.refuse_folder(Path("/srv") / name / "inventories" / "production")
    assert caught.value.finding.code == "BAD_FOLDER"


@pytest.mark.parametrize("path", ["/a b/k", '/a"b', "/a\\b", "/a'b", "/50%/k", "/a,b", "/é/k"])
def test_ssh_reads_a_path_as_it_is(path: str) -> None:
    option = f"UserKnownHostsFile={ssh_path(path)}"
    asked = subprocess.run(["ssh", "-F", "none", "-G", "-o", option, "x"], capture_output=True, text=True, check=True)
    assert f"userknownhostsfile {path}" in asked.stdout.splitlines()
    assert pinned_file(shlex.join(["-o", option])) == path
