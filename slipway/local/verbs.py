"""Run an app on this machine as in production: https://NAME.localhost, own CA, changes shown at once."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.context import text_of
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.rig.engine import connect

from . import images, ports, probe, render, sources, stack, trust
from .app import Chosen
from .place import Place, identity


@dataclass(frozen=True)
class Options:
    """What one may say beside the app.

    Args:
        debug: up: Flask's debugger in the page; off as in production.
        patience_s: up: how long the app may take until it answers.
        browsers_only: trust, untrust: leave the system's store alone.
        yes: reset: do not ask.
    """

    debug: bool = False
    patience_s: float = 60
    browsers_only: bool = False
    yes: bool = False


Verb = Callable[[Chosen, Place, Options], int]


def up(chosen: Chosen, place: Place, options: Options) -> int:
    """Start the app, or apply what changed, and say where it is."""
    started = time.monotonic()
    connect()
    place.make()
    stack.make_secrets(chosen, place)
    image = images.image_of(chosen)
    held = place.ports() if stack.running(place) else None
    chosen_ports = held or ports.pick(ports.is_taken)
    dockerfile = render.dockerfile_of(chosen)
    mounts = sources.mounts(text_of(dockerfile), _context(chosen)) if dockerfile else []
    user = identity(int(str(chosen.production["uid"])))
    render.write(
        render.Plan(
            chosen, place, chosen_ports, mounts, images.command_of(image), images.caddy_image(), user, options.debug
        )
    )
    place.keep_ports(chosen_ports)
    stack.hand_over(place, user)
    _migrate(chosen, place, image)
    done = stack.up(place, image)
    if done.returncode:
        print(plain(done.stderr), file=sys.stderr)
        return 1
    _wait(chosen, place, chosen_ports, options.patience_s)
    _tell(chosen, place, chosen_ports, mounts, time.monotonic() - started)
    return 0


def logs(_chosen: Chosen, place: Place, _options: Options) -> int:
    """Follow the logs of app and Caddy."""
    _want_running(place)
    return stack.follow(place, ["logs", "--follow", "--tail", "50"])


def shell(_chosen: Chosen, place: Place, _options: Options) -> int:
    """Open a shell in the app's container."""
    _want_running(place)
    return stack.run(place, ["exec", "app", "sh"])


def down(_chosen: Chosen, place: Place, _options: Options) -> int:
    """Stop the app; data and secrets stay."""
    if not _stopped(place):
        return 1
    if place.folder.exists():
        print(f"{place.app} is stopped; its data stays in {place.data}")
    else:
        print(f"{place.app} was never started here.")
    return 0


def reset(chosen: Chosen, place: Place, options: Options) -> int:
    """Stop the app and delete its data and secrets, after a question."""
    if not place.folder.exists():
        print(f"{place.app} was never started here.")
        return 0
    if not options.yes:
        if not sys.stdin.isatty():
            raise RefusalError(
                what="this deletes data, and nobody is here to ask",
                value=str(place.folder),
                where="standard input is not a terminal",
                next="slipway local reset --yes",
            )
        if input(f"Delete the data and secrets of {chosen.name} in {place.folder}? [y/N] ").lower() != "y":
            print("Nothing was deleted.")
            return 0
    if not _stopped(place):
        return 1
    place.remove()
    print(f"{place.app} is stopped; its data and secrets are deleted.")
    return 0


def trust_authority(_chosen: Chosen, place: Place, options: Options) -> int:
    """Make this machine's programs and browsers trust the local CA."""
    if not place.authority.exists():
        raise RefusalError(
            what="the local CA does not exist yet",
            value=str(place.authority),
            where="this machine",
            next="slipway local",
        )
    return trust.carry_out(trust.install(place.authority, _stores(options)))


def untrust_authority(_chosen: Chosen, _place: Place, options: Options) -> int:
    """Take that back."""
    return trust.carry_out(trust.remove(_stores(options)))


def _want_running(place: Place) -> None:
    if not stack.running(place):
        raise RefusalError(f"{place.app} does not run here", place.app, "this machine", "slipway local")


def _stopped(place: Place) -> bool:
    """Stop the containers and say whether they are gone; before the first start's files are written there are none."""
    if not (place.rendered / render.OVERLAY).exists():
        return True
    done = stack.down(place)
    if done.returncode:
        print(plain(done.stderr), file=sys.stderr)
    return done.returncode == 0


def _stores(options: Options) -> trust.Stores:
    return trust.stores(Path.home(), browsers_only=options.browsers_only)


def _context(chosen: Chosen) -> Path:
    return chosen.source / str(chosen.production["build"])


def _migrate(chosen: Chosen, place: Place, image: str) -> None:
    argv = [str(word) for word in cast(list[object], chosen.production["hook"])]
    if not argv:
        return
    done = stack.run_hook(place, image, argv)
    if done.returncode:
        raise RefusalError(
            what=f"the release hook of {chosen.name} failed",
            value="\n".join([shlex.join(argv), *(done.stdout + done.stderr).strip().splitlines()[-15:]]),
            where=str(chosen.source),
            next="correct it, then slipway local",
        )


def _wait(chosen: Chosen, place: Place, at: ports.Ports, patience_s: float) -> None:
    visit = probe.Visit(str(chosen.production["readiness_path"]), chosen.domain, at.secure, place.authority)
    answer = probe.wait(visit, patience_s, lambda: stack.running(place))
    if answer != str(HTTPStatus.OK.value):
        told = subprocess.run(
            [*stack.compose(place), "logs", "--no-log-prefix", "--no-color", "--tail", "15", "app"],
            env=stack.environment(place, "none"),
            capture_output=True,
            text=True,
            check=False,
        )
        raise RefusalError(
            what=f"{chosen.name} did not get ready",
            value=f"{visit.path}: {answer}\n{told.stdout}",
            where=str(chosen.source),
            next="correct it: a change is picked up at once; `slipway local logs` follows",
        )


def _tell(chosen: Chosen, place: Place, at: ports.Ports, mounts: Sequence[sources.Mount], seconds: float) -> None:
    print(f"{at.url(chosen.domain)}  ready after {seconds:.1f} s")
    if not at.usual:
        print(f"  ports    {at.plain} and {at.secure}, because 80 or 443 is taken on this machine")
    for mount in mounts:
        print(f"  shown at once  {mount.source}")
    print(f"  data     {place.data}")
    if not trust.trusted(place.authority):
        print(spelled("  browsers warn until `slipway local trust`"))
    print(spelled("  stop     slipway local down (keeps data), slipway local reset (deletes it)"))
