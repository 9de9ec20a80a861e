"""What the command line asks for: PORT, APP or SERVICE, PROVIDER, HOST, NAME. Unknown words are errors."""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError

Provider = Literal["cloudflare", "ssh"]
PORTS = range(1, 65536)
HOST = re.compile(r"([a-z_][a-z0-9_-]*@)?[A-Za-z0-9][A-Za-z0-9.:-]*")
NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
SERVICE = re.compile(r"([a-z0-9][a-z0-9_-]*/)?[a-zA-Z0-9][a-zA-Z0-9._-]*")
WORDS = ("PORT", "APP", "SERVICE", "PROVIDER", "HOST", "NAME", "SSH_CONFIG")
THINGS = {"PORT": "what listens here", "APP": "what `slipway local` runs", "SERVICE": "what Compose runs"}
WHERE = "command line of `slipway tunnel`"
SSH_EXAMPLE = "slipway tunnel --port 8000 --provider ssh --host me@example.com"


@dataclass(frozen=True)
class Options:
    """A laptop's tunnel as asked for.

    Args:
        port: loopback TCP port of what is to be seen, 1 to 65535; 0 shows an app of `slipway local`.
        app: its name; empty takes the only one that runs.
        service: a running service of Docker Compose, `web` or `project/web`, in place of port and app.
        provider: who receives visitors.
        host: ssh destination of the public host, provider ssh only.
        name: public name that leads to that host; by default the host itself.
        ssh_config: file for `ssh -F`; empty is the user's own.
        run: tells this tunnel from one of the same name that was just closed.
    """

    port: int = 0
    app: str = ""
    service: str = ""
    provider: Provider = "cloudflare"
    host: str = ""
    name: str = ""
    ssh_config: str = ""
    run: str = field(default_factory=lambda: secrets.token_hex(4), compare=False)


def read(words: Sequence[str]) -> Options:
    """Return the options in words like `PORT=8000`.

    Raises:
        RefusalError: with the word, what is wrong with it, and what to type.
    """
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in WORDS or not equals:
            close = difflib.get_close_matches(key, WORDS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(WORDS)}"
            raise RefusalError(f"unknown word ({hint})", word, WHERE, "slipway tunnel --port 8000")
        given[key] = value
    return _options(given)


def _options(given: Mapping[str, str]) -> Options:
    provider = given.get("PROVIDER", "cloudflare")
    if provider not in get_args(Provider):
        raise RefusalError("PROVIDER is cloudflare or ssh", provider, WHERE, SSH_EXAMPLE)
    things = [f"{thing}={given[thing]}" for thing in THINGS if thing in given]
    if len(things) > 1:
        known = ", ".join(f"{thing} ({meaning})" for thing, meaning in THINGS.items())
        raise RefusalError(f"only one of {known} can be shown", " ".join(things), WHERE, "slipway tunnel --port 8000")
    port = given.get("PORT", "0")
    if "PORT" in given and not (port.isascii() and port.isdigit() and int(port) in PORTS):
        raise RefusalError("PORT is a number from 1 to 65535", port, WHERE, "slipway tunnel --port 8000")
    service = given.get("SERVICE", "")
    if "SERVICE" in given and not SERVICE.fullmatch(service):
        raise RefusalError(
            "SERVICE is a service of Compose, or project/service", service, WHERE, "slipway tunnel --service web"
        )
    host, name = _public(given, provider)
    return Options(
        port=int(port),
        app=given.get("APP", ""),
        service=service,
        provider=cast(Provider, provider),
        host=host,
        name=name,
        ssh_config=given.get("SSH_CONFIG", ""),
    )


def _public(given: Mapping[str, str], provider: str) -> tuple[str, str]:
    host = given.get("HOST", "")
    if provider != "ssh":
        for key in ("HOST", "NAME"):
            if key in given:
                raise RefusalError(f"{key} goes with PROVIDER=ssh", given[key], WHERE, "slipway tunnel --port 8000")
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
