"""`slipway completion SHELL`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print what makes a shell complete verbs and environments.

    \b
    eval "$(slipway completion bash)"      in ~/.bashrc; zsh likewise in ~/.zshrc
    slipway completion fish | source       in ~/.config/fish/config.fish
    """
    maker = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if maker is not None:
        click.echo(maker(root, {}, "slipway", "_SLIPWAY_COMPLETE").source())
    return 0
