"""The verbs of those who work on the kit: `make` does them, in the clone that this command runs from."""

from __future__ import annotations

import os

import click

from slipway.places import KIT


def target(name: str) -> click.Command:
    """Return the verb of one of the Makefile's targets."""

    def call() -> None:
        command = ["make", "--directory", str(KIT), name]
        os.execvp(command[0], command)  # noqa: S606 - no shell is what makes the words words

    return click.Command(name, callback=call, help=f"`make {name}` in {KIT}.")


test, test_fast, test_long = target("test"), target("test-fast"), target("test-long")
lint, bench = target("lint"), target("bench")
