"""The verbs that are a playbook: what is typed becomes variables, and Ansible's output is theirs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import docker_host
from slipway.commands import inputs
from slipway.commands.inputs import Formed
from slipway.environment import Environment
from slipway.places import logs
from slipway.playbook import Run, follow

MORE = "slipway.more"
OUTPUT = "ANSIBLE_STDOUT_CALLBACK"
BUILDS = frozenset({"preflight", "site", "deploy", "review", "restore-bare"})  # or look whether images can be built
OPTIONS = (
    click.Option(["--check"], is_flag=True, help="Change nothing; show what would change."),
    click.Option(["--diff"], is_flag=True, help="Show what changes in files."),
    click.Option(["--limit"], metavar="HOSTS", help="Only these hosts."),
    click.Option(["--tags"], metavar="TAGS", help="Only these parts."),
    click.Option(["--skip-tags"], metavar="TAGS", help="All but these parts."),
    click.Option(["-e", "--extra-vars"], multiple=True, metavar="NAME=VALUE", help="As for ansible-playbook."),
    click.Option(["-v", "--verbose"], count=True, help="As for ansible-playbook; -vv, -vvv say more."),
)


class Play(click.Command):
    """A verb with the options that Ansible has for every playbook; words behind `--` go to ansible-playbook."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(OPTIONS)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands behind `--` apart: the first word there is not APP."""
        bar = args.index("--") if "--" in args else len(args)
        ctx.meta[MORE] = args[bar + 1 :]
        return super().parse_args(ctx, args[:bar])


def play(function: Callable[..., Any]) -> click.Command:
    """Make a verb of a function."""
    name = function.__name__.replace("_", "-")
    return click.command(name, cls=Play, options_metavar="[OPTIONS]")(inputs.environment(function))


def run(verb: str, given: Mapping[str, Any], **variables: object) -> int:
    """Run a verb's playbook on the environment that was given, and return the exit code."""
    environment = inputs.chosen(given["name"], given["inventories"], given["extra_vars"])
    loud = bool(given["verbose"] or given["check"] or given["diff"])
    return played(Run([verb], environment, variables, ansible(given)), loud=loud)


def played(run: Run, *, loud: bool = False) -> int:
    """Run one playbook, where it builds images with an engine to do so, and return the exit code."""
    [verb] = run.verbs
    told = {} if loud else output(verb, run.environment)
    if verb not in BUILDS:
        return follow(run, told)
    with docker_host.reached(os.environ) as environ:
        return follow(run, told, environ)


def output(verb: str, environment: Environment) -> dict[str, str]:
    """Return what makes a run print a line per part, and keep all that Ansible says in a log file.

    Whoever chose another output gets that.
    """
    if OUTPUT in os.environ:
        return {}
    log = logs() / f"{environment.name}-{verb}.log"
    log.unlink(missing_ok=True)
    return {OUTPUT: "slipway.kit.progress", "ANSIBLE_LOG_PATH": str(log)}


def ansible(given: Mapping[str, Any]) -> list[str]:
    """Return the words for ansible-playbook in what a verb got."""
    words = ["--check"] * given["check"] + ["--diff"] * given["diff"]
    words += ["-" + "v" * given["verbose"]] if given["verbose"] else []
    for name in ("limit", "tags", "skip_tags"):
        words += [f"--{name.replace('_', '-')}", given[name]] if given[name] else []
    words += [word for variable in given["extra_vars"] for word in ("-e", variable)]
    return [*words, *click.get_current_context().meta[MORE]]


def beside_others(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the words about apps that other projects declared on the same host."""
    adopt = _flag("--adopt", "Take apps of these names over from another project, data included.")
    prune = _flag("--prune", "Also stop what is not declared and no project is registered for.")
    return adopt(prune(function))


def _about_others(adopt: str, prune: str) -> dict[str, bool]:
    return {name: True for name, typed in (("app_adopt", adopt), ("app_prune", prune)) if typed == "1"}


def _flag(name: str, words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        name, type=Formed(forms.FLAG), is_flag=False, flag_value="1", default="", metavar="", help=words
    )


@play
def preflight(**given: Any) -> int:
    """Refuse, all at once, what would fail later.

    Looks at the inventory, the connection, the distribution, names, ports, room and clock. Changes nothing.
    """
    return run("preflight", given)


@play
def provision(**given: Any) -> int:
    """Bring the hosts to their declared state: base system, SSH, firewall, Caddy, Docker. Not the apps."""
    return run("provision", given)


@play
@beside_others
def site(adopt: str, prune: str, **given: Any) -> int:
    """From a bare host to the apps on HTTPS: preflight, provision, deploy, verify. Safe to run again at any time."""
    return run("site", given, **_about_others(adopt, prune))


@play
def verify(**given: Any) -> int:
    """Ask the apps from outside, as a visitor would."""
    return run("verify", given)


@play
@inputs.app
@beside_others
def deploy(app_by_place: str | None, app_by_name: str | None, adopt: str, prune: str, **given: Any) -> int:
    """Release what is declared, sites included: all apps, or one. What is live already is not touched."""
    named = inputs.one_of(app_by_place, app_by_name)
    return run("deploy", given, app_only=named, **_about_others(adopt, prune))


@play
@inputs.app
@click.option("--to", type=Formed(forms.RELEASE), default="", metavar="ID", help="A release id or a Git revision.")
@click.option(
    "--force",
    type=Formed(forms.FLAG),
    is_flag=False,
    flag_value="1",
    default="",
    metavar="",
    help="Also where the data's schema is newer than the release knows.",
)
def rollback(app_by_place: str | None, app_by_name: str | None, to: str, force: str, **given: Any) -> int:
    """Take an app back to its last good release, or to one that you name. Touches no data.

    \b
    slipway rollback production
    slipway rollback production shop --to 1fbb952b96cc
    """
    named = inputs.one_of(app_by_place, app_by_name)
    return run("rollback", given, app_only=named, app_rollback_to=to, app_rollback_force=force == "1")


@play
@inputs.app
@click.option("--process", type=Formed(forms.APP), default="", metavar="NAME", help="Only this process.")
def restart(app_by_place: str | None, app_by_name: str | None, process: str, **given: Any) -> int:
    """Replace the containers of the live release by new ones, as a deploy does: without a dropped request.

    A process that serves no visitors is restarted by itself, with its own grace, when it is named.
    """
    named = inputs.one_of(app_by_place, app_by_name)
    return run("restart", given, app_only=named, app_restart_process=process)


@play
@click.argument("words", nargs=-1, metavar="on|off [APP]")
@click.option("--mode", default="", metavar="on|off", help="The same as on or off by its place.")
@click.option("--app", "app_by_name", type=Formed(forms.APP), metavar="APP", help="The same as [APP].")
def maintenance(words: tuple[str, ...], mode: str, app_by_name: str | None, **given: Any) -> int:
    """Show visitors the maintenance page (on), or the app again (off). The app itself goes on running."""
    modes = [word for word in words if forms.MODE.fits(word)] or ([mode] if mode else [])
    apps = [word for word in words if not forms.MODE.fits(word)]
    if len(modes) != 1 or not forms.MODE.fits(modes[0]) or len(apps) > 1:
        raise RefusalError(
            "the mode is on or off",
            " ".join([*words, mode]).strip() or "(missing)",
            "the command line",
            "slipway maintenance ENV on",
        )
    named = inputs.one_of(Formed(forms.APP).convert("".join(apps), None, None), app_by_name)
    return run("maintenance", given, app_only=named, app_maintenance=modes[0] == "on")


def merge_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the app and the number of its merge request."""
    number = click.option("--number", type=Formed(forms.NUMBER), default="", metavar="N", help="Of the merge request.")
    return inputs.app(number(function))


@play
@merge_request
def review(app_by_place: str | None, app_by_name: str | None, number: str, **given: Any) -> int:
    """Make the app of a merge request live on ENV's host, at mr-N.<domain of the app>."""
    return run("review", given, app_only=inputs.one_of(app_by_place, app_by_name), app_review_number=number)


@play
@merge_request
def retire(app_by_place: str | None, app_by_name: str | None, number: str, **given: Any) -> int:
    """Remove the app of a merge request, its data included."""
    return run("retire", given, app_only=inputs.one_of(app_by_place, app_by_name), app_review_number=number)


@play
def tunnel_down(**given: Any) -> int:
    """Take the tunnel of a development host down: its names, its unit, its secrets."""
    return run("tunnel-down", given)
