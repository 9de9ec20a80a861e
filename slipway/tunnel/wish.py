"""What the command line asks for: PORT or APP, PROVIDER, HOST, NAME. Unknown words are errors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from slipway.pipeline.refusal import RefusalError

Provider = Literal["cloudflare", "ssh"]
PORTS = range(1, 65536)
HOST = re.compile(r"([a-z_][a-z0-9_-]*@)?[A-Za-z0-9][A-Za-z0-9.:-]*")
NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
WORDS = ("PORT", "APP", "PROVIDER", "HOST", "NAME", "SSH_CONFIG")
WHERE = "command line of `make tunnel`"
SSH_EXAMPLE = "make tunnel PORT=8000 PROVIDER=ssh HOST=me@example.com"


@dataclass(frozen=True)
class Wish:
    """A laptop's tunnel as asked for.

    Args:
        port: loopback TCP port of what is to be seen, 1 to 65535; 0 shows an app of `make local`.
        app: its name; empty takes the only one that runs.
        provider: who receives visitors.
        host: ssh destination of the public host, provider ssh only.
        name: public name that leads to that host; by default the host itself.
        ssh_config: file for `ssh -F`; empty is the user's own.
    """

    port: int = 0
    app: str = ""
    provider: Provider = "cloudflare"
    host: str = ""
    name: str = ""
    ssh_config: str = ""


def read(words: Sequence[str]) -> Wish:
    """Return the wish in words like `PORT=8000`.

    Raises:
        RefusalError: with the word, what is wrong with it, and what to type.
    """
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in WORDS or not equals:
            close = difflib.get_close_matches(key, WORDS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(WORDS)}"
            raise RefusalError(f"unknown word ({hint})", word, WHERE, "make tunnel PORT=8000")
        given[key] = value
    return _wish(given)


def _wish(given: Mapping[str, str]) -> Wish:
    provider = given.get("PROVIDER", "cloudflare")
    if provider not in get_args(Provider):
        raise RefusalError("PROVIDER is cloudflare or ssh", provider, WHERE, SSH_EXAMPLE)
    if "PORT" in given and "APP" in given:
        raise RefusalError(
            "only one of PORT (what listens here) and APP (what `make local` runs) can be shown",
            f"PORT={given['PORT']} APP={given['APP']}",
            WHERE,
            "make tunnel PORT=8000",
        )
    port = given.get("PORT", "0")
    if "PORT" in given and not (port.isascii() and port.isdigit() and int(port) in PORTS):
        raise RefusalError("PORT is a number from 1 to 65535", port, WHERE, "make tunnel PORT=8000")
    host, name = _public(given, provider)
    wish = Wish(int(port), given.get("APP", ""), cast(Provider, provider), host, name, given.get("SSH_CONFIG", ""))
    if not wish.port and wish.provider == "ssh":
        raise RefusalError("PROVIDER=ssh takes a PORT", wish.app or "none", WHERE, SSH_EXAMPLE)
    return wish


def _public(given: Mapping[str, str], provider: str) -> tuple[str, str]:
    host = given.get("HOST", "")
    if provider != "ssh":
        for key in ("HOST", "NAME"):
            if key in given:
                raise RefusalError(f"{key} goes with PROVIDER=ssh", given[key], WHERE, "make tunnel PORT=8000")
        return "", ""
    if not HOST.fullmatch(host):
        raise RefusalError(
            "HOST is a public host of yours, as ssh takes it",
            host,
            WHERE,
            SSH_EXAMPLE,
        )
    name = given.get("NAME", host.rpartition("@")[2])
    if not NAME.fullmatch(name):
        raise RefusalError(
            "the public name is a domain that leads to HOST",
            name,
            WHERE,
            f"{SSH_EXAMPLE} NAME=demo.example.com",
        )
    return host, name
