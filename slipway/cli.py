"""The command line: every verb by its group, imported when it is called; errors become exit codes here."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence

import click

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import INTERRUPTED, REFUSED, SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import VARIABLE, spelled
from slipway import __version__
from slipway.places import CHECKOUT

EPILOG = """ENV is a folder in inventories/, or `demo`. `slipway VERB --help` says more about one of them.

Exit codes: 0 done, also where nothing had to change; 1 failed, what is live is said; 2 refused before anything was
touched; 3 could not be found out. `doctor` and `audit`: 0 well, 1 findings, 3 could not examine."""

# Group -> verb -> (where its command is, what it does).
VERBS: dict[str, dict[str, tuple[str, str]]] = {
    "Try it": {
        "demo": ("demo:up", "A bare host in a container, the app on it over HTTPS, and a look at it"),
        "demo-down": ("demo:down", "Remove all that `demo` made"),
    },
    "Project": {
        "new": ("new:new", "A full-stack project: API, worker, frontend, database, queue, tests"),
        "update": ("new:update", "Take such a project to the template of this kit"),
        "init": ("init:init", "Write inventories/ENV for a real host, secrets included"),
    },
    "Hosts": {
        "preflight": ("plays:preflight", "Is everything ready? Touches nothing"),
        "site": ("plays:site", "preflight + provision + deploy + verify"),
        "provision": ("plays:provision", "Bring the host to its declared state, without the apps"),
        "verify": ("plays:verify", "Ask from outside, as a visitor would"),
    },
    "Releases": {
        "deploy": ("plays:deploy", "Release what is declared, or one app of it"),
        "rollback": ("plays:rollback", "Back to the last good release, or to one that you name"),
        "restart": ("plays:restart", "New containers for the live release, or for one process"),
        "status": ("status:status", "Releases, locks, certificates and health"),
        "logs": ("logs:logs", "What the live releases wrote last"),
        "maintenance": ("plays:maintenance", "Show visitors the maintenance page, or the app again"),
    },
    "Inside": {
        "run": ("inside:run", "Run a command in a new container of the live release"),
        "exec": ("inside:execute", "Run a command in a container that serves"),
        "console": ("inside:console", "The app's console: flask shell"),
        "jobs": ("jobs:jobs", "Schedules: next and last runs; run NAME starts one now"),
        "db": ("inside:database", "The app's PostgreSQL: console, dump, load"),
    },
    "Data": {
        "backup": ("backups:backup", "Copy the apps' data off the hosts now, and read the copies back"),
        "backups": ("backups:backups", "The copies in the store: when, of which release, how much"),
        "restore": ("backups:restore", "Give an app the data of a copy; what it has stays beside"),
        "forget": ("forget:forget", "Delete what is not declared any more, its data included"),
    },
    "Is it well, and is it safe?": {
        "doctor": ("doctor:doctor", "Findings with codes, and the command that mends each"),
        "audit": ("audit:audit", "Independent checkers, scores beside those of the previous run"),
        "notify-test": ("notify:notify_test", "One message by each way that `slipway_watch` names"),
    },
    "A public name without an open port": {
        "tunnel": ("tunnel:tunnel", "For a host that listens to nobody, or for something of this machine"),
        "tunnel-down": ("plays:tunnel_down", "Remove the tunnel of ENV: its names, its unit, its secrets"),
    },
    "On this machine": {
        "local": ("local:local", "An app on https://NAME.localhost, changes shown at once"),
    },
    "GitLab": {
        "ci-setup": ("ci_setup:ci_setup", "Deploy key, host keys and variables for GitLab"),
        "ci-local": ("ci_local:ci_local", "Run a job of .gitlab-ci.yml here"),
        "review": ("plays:review", "The app of a merge request on ENV's host"),
        "retire": ("plays:retire", "Remove it, its data included"),
    },
}
WIDTH = max(len(verb) for verbs in VERBS.values() for verb in verbs)
# What programs call, and people seldom.
UNLISTED = {
    "pipeline": ("pipeline:pipeline", "The jobs of a pipeline"),
    "image": ("image:image", "Build or pack the image of an app without any host"),
    "artifact": ("artifact:artifact", "Fetch a pinned program; prints its path"),
    "rig": ("rig:rig", "Throw-away hosts by hand"),
    "completion": ("completion:completion", "Print what makes a shell complete verbs and environments"),
}
KIT = {verb: (f"kit:{verb.replace('-', '_')}", "") for verb in ("test", "test-fast", "test-long", "lint", "bench")}


def places() -> dict[str, tuple[str, str]]:
    """Return all verbs: where each is, and what it does."""
    listed = {verb: place for group in VERBS.values() for verb, place in group.items()}
    return listed | UNLISTED | (KIT if CHECKOUT else {})


def spelled_plainly(name: str) -> str:
    """Return an option's name as this command spells it: make's variables are upper case, with underscores."""
    return name.lower().replace("_", "-")


class Verbs(click.Group):
    """Imports a verb when it is called: `slipway deploy` does not wait for what only `slipway audit` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names that completion offers."""
        return [verb for group in VERBS.values() for verb in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command."""
        place, _ = places().get(cmd_name, ("", ""))
        if not place:
            return None
        module, _, name = place.partition(":")
        command = getattr(importlib.import_module(f"slipway.commands.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is this package's own
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; a misspelt one is told from an unknown one."""
        args = [spelled_plainly(args[0]), *args[1:]] if args and not args[0].startswith("-") else args
        if args and args[0] not in places() and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], places(), n=1)
            hint = f"Did you mean `{close[0]}`?" if close else "`slipway --help` lists them all."
            raise click.UsageError(f"There is no verb `{args[0]}`. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs by their groups."""
        for group, verbs in VERBS.items():
            with formatter.section(group):
                formatter.write_dl([(f"{verb:{WIDTH}}", what) for verb, (_, what) in verbs.items()])


SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 80,
    "token_normalize_func": spelled_plainly,
}


@click.group(cls=Verbs, epilog=EPILOG, context_settings=SETTINGS)
@click.version_option(__version__, message="slipway %(version)s")
def slipway() -> None:
    """A Flask application, and the stack around it, from Git to bare hosts on HTTPS."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return the exit code of the program."""
    os.environ.setdefault(VARIABLE, "slipway")
    try:
        code = slipway.main(None if arguments is None else list(arguments), "slipway", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return REFUSED
    except (click.Abort, KeyboardInterrupt):
        print("\nInterrupted; the same command goes on from there.", file=sys.stderr)
        return INTERRUPTED
    except SlipwayError as error:
        print(spelled(str(error)), file=sys.stderr)
        return error.exit_code
    return code if isinstance(code, int) else 0
