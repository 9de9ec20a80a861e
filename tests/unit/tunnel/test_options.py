"""The words after `make tunnel`."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.tunnel.options import WORDS, Options, read

ROOT = Path(__file__).resolve().parents[3]
SSH = ["PORT=8000", "PROVIDER=ssh"]
FAR = Options(8000, provider="ssh", host="me@demo.example.com", name="demo.example.com")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], Options()),
        (["PORT=8000"], Options(8000)),
        (["APP=shop"], Options(app="shop")),
        ([*SSH, "HOST=me@demo.example.com"], FAR),
        ([*SSH, "HOST=edge1", "NAME=demo.example.com"], replace(FAR, host="edge1")),
        (["APP=shop", *SSH[1:], "HOST=me@demo.example.com"], replace(FAR, port=0, app="shop")),
        (["SERVICE=shop/web"], Options(service="shop/web")),
    ],
)
def test_words_are_understood(words: list[str], options: Options) -> None:
    assert read(words) == options


def test_make_passes_every_word_of_its_command_line_on_and_none_of_the_environment() -> None:
    given = [f"{word}=x" for word in WORDS]
    command = ["make", "--dry-run", "--assume-old=venv", "tunnel"]
    told = subprocess.run([*command, *given], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [word for word in WORDS if f'--{word}="${word}"' not in told] == []
    surrounded = {"PATH": "/usr/bin:/bin", **dict.fromkeys(WORDS, "x")}
    told = subprocess.run(command, cwd=ROOT, env=surrounded, capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[-1].split()[-1] == "tunnel"


@pytest.mark.parametrize(
    ("words", "what", "value"),
    [
        (["PROT=8000"], "unknown word (did you mean PORT?)", "PROT=8000"),
        (["8000"], "unknown word (known: PORT, APP, SERVICE, PROVIDER, HOST, NAME, SSH_CONFIG)", "8000"),
        (["PORT=0"], "PORT is a number from 1 to 65535", "0"),
        (["PORT=65536"], "PORT is a number from 1 to 65535", "65536"),
        (["PORT=-1"], "PORT is a number from 1 to 65535", "-1"),
        (["PORT=8000", "APP=shop"], "only one of PORT (what listens here), APP", "PORT=8000 APP=shop"),
        (["PORT=8000", "PROVIDER=ngrok"], "PROVIDER is cloudflare or ssh", "ngrok"),
        (["PORT=8000", "HOST=x"], "HOST goes with PROVIDER=ssh", "x"),
        (SSH, "HOST is a public host of yours, as ssh takes it", ""),
        ([*SSH, "HOST=-oProxyCommand=id"], "HOST is a public host of yours, as ssh takes it", "-oProxyCommand=id"),
        ([*SSH, "HOST=edge1"], "the public name is a domain that leads to HOST", "edge1"),
        ([*SSH, "HOST=edge1", "NAME=a.b; rm -rf /"], "the public name is a domain that leads to HOST", "a.b; rm -rf /"),
        (["SERVICE=web", "PORT=8000"], "only one of PORT (what listens here), APP", "PORT=8000 SERVICE=web"),
        (["SERVICE=--all"], "SERVICE is a service of Compose, or project/service", "--all"),
    ],
)
def test_nonsense_is_refused_with_the_value(words: list[str], what: str, value: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        read(words)
    assert refusal.value.what.startswith(what)
    assert refusal.value.value == value
