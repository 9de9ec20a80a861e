"""`slipway jobs`."""

from __future__ import annotations

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import jobs as verb
from slipway.commands import inputs
from slipway.commands.inputs import Formed


@click.command("jobs")
@inputs.environment
@click.argument("words", nargs=-1, metavar="[APP] [run NAME]")
@click.option("--app", "app_by_name", type=Formed(forms.APP), metavar="APP", help="The same as [APP].")
@click.option("--job", default="", type=Formed(forms.APP), metavar="NAME", help="The same as run NAME.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def jobs(
    name: str | None,
    inventories: tuple[str, ...],
    words: tuple[str, ...],
    app_by_name: str | None,
    job: str,
    *,
    as_json: bool,
) -> int:
    """List the schedules of the live releases: next run, last run, what came of it. With run NAME: run one now.

    \b
    slipway jobs production
    slipway jobs production run rotate-keys

    Exit codes: 0 done; 1 a job that was run did not end well; 3 a host did not answer.
    """
    place, named = _read(words)
    environment = inputs.chosen(name, inventories)
    app = inputs.one_of(place, app_by_name)
    if named or job:
        return verb.run(environment, app, named or job)
    return verb.jobs(environment, app, as_json=as_json)


def _read(words: tuple[str, ...]) -> tuple[str | None, str]:
    """Return the app and the job that were typed."""
    form = Formed(forms.APP)
    at = words.index("run") if "run" in words else len(words)
    before, behind = words[:at], words[at + 1 :]
    if len(before) > 1 or len(behind) > 1 or (at < len(words) and not behind):
        raise RefusalError(
            "what stands behind ENV is not known", " ".join(words), "the command line", "slipway jobs ENV run NAME"
        )
    typed = [form.convert(word, None, None) for word in (*before, *behind)]
    return (typed[0] if before else None), (typed[-1] if behind else "")
