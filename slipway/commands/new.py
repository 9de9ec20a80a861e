"""`slipway new` and `slipway update`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from slipway.new import run as making
from slipway.new import template
from slipway.new import update as updating

ANSWERS = {
    "title": "Its name for people; without it made from the name.",
    "domain": "Domain that visitors use: shop.example.com.",
    "frontend": "vue or none.",
    "pipeline": "gitlab or none.",
    "kit-project": "With a pipeline: GitLab project that holds this kit.",
    "licence": "MIT or none.",
}


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", default="", metavar="...", help="Name of the project; without it the folder's.")
@click.option("--defaults", is_flag=True, help="Ask nothing.")
def new(folder: Path, name: str, defaults: bool, **answers: str | None) -> int:
    """Make a full-stack project: API, worker, database, queue, tests, pipeline. Asks for what is not given.

    \b
    slipway new shop
    slipway new shop --domain shop.example.com --defaults
    """
    given = {option.replace("_", "-"): value for option, value in answers.items() if value is not None}
    ask = input if sys.stdin.isatty() and not defaults else None
    making.run(folder, name, given, ask)
    return 0


new.params.extend(click.Option([f"--{name}"], help=text, metavar="...") for name, text in ANSWERS.items())


@click.command("update")
@click.argument("folder", metavar="[DIR]", required=False, default=".", type=click.Path(path_type=Path))
def update(folder: Path) -> int:
    """Take a project that `slipway new` made to the template of this kit. What you changed stays.

    Exit code 1: both sides changed the same lines, which are marked.
    """
    return updating.run(folder, template.own())
