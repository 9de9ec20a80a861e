"""`slipway tunnel`: of a host, or of something on this machine."""

from __future__ import annotations

from typing import Any

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.commands import plays
from slipway.commands.inputs import Formed
from slipway.tunnel import verb

LAPTOP = ("port", "app", "service", "provider", "host", "public_name", "ssh_config")


@plays.play
@click.option(
    "--force",
    type=Formed(forms.FLAG),
    is_flag=False,
    flag_value="1",
    default="",
    metavar="",
    help="ENV: take over a name that leads elsewhere.",
)
@click.option("--port", metavar="N", help="Show what listens on this port of this machine.")
@click.option("--app", metavar="NAME", help="Show an app of `slipway local`.")
@click.option("--service", metavar="NAME", help="Show a service of Docker Compose: web, or project/web.")
@click.option("--provider", metavar="NAME", help="cloudflare (without an account), or ssh: a public host of yours.")
@click.option("--host", metavar="USER@HOST", help="With --provider ssh: that host.")
@click.option("--name", "public_name", metavar="DOMAIN", help="With --provider ssh: the name that leads there.")
@click.option("--ssh-config", metavar="FILE", help="With --provider ssh: for `ssh -F`.")
def tunnel(force: str, **given: Any) -> int:
    """Give a public name to a host that listens to nobody (ENV), or to something of this machine (the other options).

    \b
    slipway tunnel dev
    slipway tunnel --port 8000
    slipway tunnel --port 8000 --provider ssh --host me@example.com
    """
    words = [f"{word(name)}={given[name]}" for name in LAPTOP if given[name] is not None]
    if given["name"] or given["inventories"]:
        if words:
            raise RefusalError(
                "ENV goes with a host, the other options with this machine",
                " ".join(words),
                "the command line",
                "leave ENV or those out",
            )
        return plays.run("tunnel", given, tunnel_force=force == "1")
    return verb.tunnel(words)


def word(name: str) -> str:
    """Return what the deploy calls an option."""
    return {"public_name": "NAME"}.get(name, name.upper())
