"""`slipway init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.commands.inputs import EnvironmentName
from slipway.init.ask import variables
from slipway.init.errors import InitError
from slipway.init.run import run
from slipway.places import INVENTORIES, project

ANSWERS = {
    "host": "Address or name of the host.",
    "ssh-user": "Who logs in: root, or one who may sudo without a password.",
    "ssh-port": "22 without it.",
    "ssh-key": "Private key file; without it what ssh uses by itself.",
    "host-key": "SHA256:...: the host's key, confirmed without being asked.",
    "app": "Name of the app.",
    "source": "Folder with its Dockerfile, or image pinned as name@sha256:...",
    "domain": "Domain that visitors use.",
    "exposure": "public, lan or private.",
    "email": "For certificate notices.",
}


def say(text: str) -> None:
    """Print a text with its commands as this person types them."""
    print(spelled(text))


@click.command("init")
@click.argument("environment", metavar="ENV", type=EnvironmentName())
@click.argument("words", nargs=-1, metavar="[NAME=VALUE...]")
@click.option("--inventories", type=click.Path(path_type=Path), help="Folder to use in place of inventories/.")
def init(environment: str, words: tuple[str, ...], inventories: Path | None, **answers: str | None) -> int:
    """Write inventories/ENV for a real host, its secrets new and encrypted. Asks for what is not given.

    \b
    slipway init production
    slipway init production --host 192.0.2.10 --domain shop.example.com ...
    """
    given = variables(words)
    given |= {name.upper(): value for name, value in answers.items() if value is not None}
    ask = input if sys.stdin.isatty() else None
    try:
        run(environment, inventories or project() / INVENTORIES, given, ask, say)
    except InitError:
        print("Nothing was written.\n", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        print("\nNothing was written.", file=sys.stderr)
        raise
    return 0


init.params.extend(click.Option([f"--{name}"], help=text, metavar="...") for name, text in ANSWERS.items())
