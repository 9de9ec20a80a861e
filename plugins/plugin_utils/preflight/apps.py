"""The apps and their secrets: what the schema refuses, and names that don't meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .variables import did_you_mean

App = dict[str, object]


class Place(Protocol):
    """Tells where a key of an app stands, or an item of its list."""

    def __call__(self, name: str, key: str, item: str = "") -> str:
        """Return `file:line`."""


BODY_TIMEOUT = "caddy_read_body_timeout_seconds"
# What a line must carry for an app's largest body: 1 MiB/s, 8 Mbit/s. roles/caddy/tasks/preflight.yml says the same.
SLOWEST_LINE_MIB_PER_S = 1


def place_in(apps: object, fallback: str) -> Place:
    """Return what tells where a key of an app stands, by the app's name; the fallback where that is not known.

    Args:
        apps: the value of `slipway_apps`, templates resolved.
        fallback: where `slipway_apps` is set.
    """
    listed = [app for app in apps if isinstance(app, Mapping)] if isinstance(apps, list) else []

    def place(name: str, key: str, item: str = "") -> str:
        for app in listed:
            if app.get("name") == name:
                keys = {str(one): one for one in app}
                values = app.get(key)
                stands = [one for one in values if one == item] if item and isinstance(values, list) else []
                return place_of(*stands, keys.get(key), keys.get("name"), app) or fallback
        return fallback

    return place


def complete_or_findings(apps: object, place: str) -> tuple[list[App], list[Finding]]:
    """Return the completed apps that are sound, and a finding for each fault of the others."""
    try:
        return complete(apps), []
    except AppSpecError as error:
        return list(error.sound), [
            Finding("BAD_APP", problem, getattr(problem, "place", "") or place, "correct it there")
            for problem in error.problems
        ]


def secret_faults(
    apps: list[App], secrets: object, place: str, unsound: Collection[str] = frozenset()
) -> list[Finding]:
    """Return a finding for each secret that an app names and nobody gives, or that is given and nobody names.

    Values are never part of a finding.

    Args:
        apps: completed.
        secrets: the value of `slipway_secrets`.
        place: where that is set.
        unsound: names of further apps, whose secrets can't be judged.
    """
    if not isinstance(secrets, Mapping):
        return [
            Finding("BAD_SECRETS", "`slipway_secrets` is not a mapping of app to names.", place, "correct it there")
        ]
    found = []
    wanted = {str(app["name"]): _names(app["all_secrets"]) for app in apps}
    lines = {str(app): place_of(app) or place for app in secrets}
    for app, names in wanted.items():
        given = secrets.get(app) or {}
        for name in names:
            if not isinstance(given, Mapping) or given.get(name) in (None, ""):
                found.append(_lacking(app, name, lines.get(app, place)))
        for name in given if isinstance(given, Mapping) else []:
            if name not in names:
                hint = did_you_mean(str(name), names)
                what = f"`slipway_secrets.{app}.{name}` is not among the secrets of app {app}{hint}."
                next_step = f"add it to `secrets` of app {app}, or remove it"
                found.append(Finding("STRAY_SECRET", what, place_of(name) or place, next_step))
    for app in secrets:
        if app not in wanted and app not in unsound:
            what = f"`slipway_secrets.{app}` belongs to no app{did_you_mean(str(app), [*wanted, *unsound])}."
            found.append(Finding("STRAY_SECRET", what, lines[str(app)], "correct or remove it there"))
    return found


def on_one_host_only(apps: list[App], hosts: int, place: Place) -> list[Finding]:
    """Return a finding for each app that several hosts would have once each: its data, or what must never run twice."""
    return [
        Finding(
            "ONE_HOST",
            f"App {app['name']} has {what}, and {hosts} hosts would have one each.",
            place(str(app["name"]), "services" if app["services"] else "processes"),
            f"keep one host in the inventory, or take {what} out of the app",
        )
        for app in apps
        if hosts > 1 and (what := _alone(app))
    ]


def _alone(app: App) -> str:
    containers, services = app["containers"], app["services"]
    processes = containers if isinstance(containers, list) else []
    single = [f"`single` process {each['name']}" for each in processes if each["single"]]
    named = [f"service {each['name']}" for each in services] if isinstance(services, list) else []
    return ", ".join([*single, *named])


def slow_bodies(apps: list[App], timeout_s: object, place: Place) -> list[Finding]:
    """Return a finding for each app whose largest body can't arrive before the front gives a body up."""
    if not isinstance(timeout_s, int):
        return []  # the role's own spec says so
    return [
        Finding(
            "BAD_APP",
            f"App {app['name']} accepts bodies of {app['max_body_mib']} MiB (`max_body_mib`), but after {timeout_s} s a"
            f" body is given up, and in that time a line of 8 Mbit/s carries {timeout_s * SLOWEST_LINE_MIB_PER_S} MiB.",
            place(str(app["name"]), "max_body_mib"),
            f"lower it, or set {BODY_TIMEOUT}: {_whole(app['max_body_mib']) // SLOWEST_LINE_MIB_PER_S}, for all apps"
            " of the host",
        )
        for app in apps
        if _whole(app["max_body_mib"]) > timeout_s * SLOWEST_LINE_MIB_PER_S
    ]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _lacking(app: str, name: str, place: str) -> Finding:
    return Finding(
        "MISSING_SECRET",
        f"App {app} wants the secret `{name}`, and `slipway_secrets.{app}.{name}` has no value.",
        place,
        f'add {name}: "{{{{ vault_{app.replace("-", "_")}_{name} }}}}" there, its value to vault.yml',
    )


def _names(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def domains(app: App) -> list[str]:
    """Return the names that an app answers to, or that lead to it."""
    return _names(app["names"])
