"""What verbs take: an environment, an app, and texts that must have their form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import Form
from slipway.environment import Environment, find, given, known
from slipway.legible import refuse_unreadable

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Formed(click.ParamType[str]):
    """A text of a form; empty is as good as not given."""

    def __init__(self, form: Form) -> None:
        self.form, self.name = form, "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text.

        Raises:
            RefusalError: it has another form.
        """
        text = str(value)
        if text and not self.form.fits(text):
            name = label(param)
            raise RefusalError(
                f"{name} is not {self.form.words}",
                forms.shown(text),
                "the command line",
                f"correct {name}, or leave it out",
            )
        return text


class EnvironmentName(click.ParamType[str]):
    """The name of an environment; completed from those that exist."""

    name = "env"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Leave the name as it is: whether it has to exist is the verb's to say."""
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the environments that begin so."""
        return [CompletionItem(name) for name in known() if name.startswith(incomplete)]


def label(param: click.Parameter | None) -> str:
    """Return how a parameter is called on the command line."""
    if param is None:
        return "a value"
    return param.opts[-1] if isinstance(param, click.Option) else param.make_metavar(click.Context(click.Command("")))


def environment(function: Decorated) -> Decorated:
    """Give a verb ENV, and for inventories elsewhere `-i PATH` in its place."""
    paths = click.option(
        "-i",
        "--inventory",
        "inventories",
        multiple=True,
        metavar="PATH",
        help="In place of ENV: an inventory elsewhere, as for ansible-playbook; repeatable.",
    )
    name = click.argument("name", metavar="ENV", required=False, type=EnvironmentName())
    return name(paths(function))


def chosen(name: str | None, inventories: tuple[str, ...], extra: Iterable[str] = ()) -> Environment:
    """Return the environment that was named one way or the other; Ansible can read what is written there.

    Args:
        name: ENV.
        inventories: paths in its place.
        extra: words behind `-e`.

    Raises:
        RefusalError: it was not, or there is none of that name.
        UnreadableError: a file of it is not in order.
    """
    environment = _named(name, inventories)
    refuse_unreadable(environment, extra)
    return environment


def _named(name: str | None, inventories: tuple[str, ...]) -> Environment:
    if inventories:
        if name:
            raise RefusalError(
                "one of ENV and --inventory says where, not both", name, "the command line", "leave one out"
            )
        return given(inventories)
    if not name:
        verb = click.get_current_context().info_name
        raise RefusalError(
            f"ENV is missing; known: {', '.join(known())}", "", "the command line", f"slipway {verb} ENV"
        )
    return find(name)


def app(function: Decorated) -> Decorated:
    """Give a verb APP, by its place or as `--app`."""
    by_place = click.argument("app_by_place", metavar="[APP]", required=False, type=Formed(forms.APP))
    by_name = click.option("--app", "app_by_name", type=Formed(forms.APP), metavar="APP", help="The same as [APP].")
    return by_place(by_name(function))


def one_of(by_place: str | None, by_name: str | None) -> str:
    """Return the app that was named by its place or by its option; empty for all of them.

    Raises:
        RefusalError: two were.
    """
    if by_place and by_name and by_place != by_name:
        raise RefusalError("two apps are named", f"{by_place}, {by_name}", "the command line", "name one of them")
    return by_place or by_name or ""
