"""The demo, step by step."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import architecture_of, fetch, load
from ansible_collections.slipway.kit.plugins.plugin_utils.progress import line
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway import image
from slipway.demo.errors import DemoError
from slipway.demo.visit import FirstAnswer, Visit, visit
from slipway.environment import DEMO, Environment, declared
from slipway.inventory import read_without_vault
from slipway.places import logs
from slipway.playbook import Run
from slipway.rig import Rig, RigError, engine, images, play

HOST = "web1"
DECLARED = Environment(DEMO, (declared(DEMO),))
PACKAGES = Path(__file__).resolve().parents[2]  # whence this package can be imported

Made = TypeVar("Made")


@dataclass(frozen=True)
class Converged:
    """A run of site.yml."""

    seconds: float
    first_200_s: float  # until the first answer 200 that a visitor got
    changed: int


def up(name: str) -> None:
    """Bring a bare host to the app on HTTPS, or converge the one that is up, then visit it.

    Raises:
        DemoError, RigError: with what to do about it.
    """
    print("A bare Debian host in a container, the app on it over HTTPS.\n", flush=True)
    client = step("Docker engine", engine.connect)
    step("host images", lambda: images.ensure(client))
    step("programs", lambda: fetch(load("caddy", architecture_of(platform.machine()))))
    for app in apps():
        step(f"image of {app}", functools.partial(image.build, DECLARED, app))
    rig, fresh = living_or_new(name)
    if fresh:
        pack_meanwhile()
    done = converge(rig)
    print(report(visit(rig.visitor, url()), rig))
    if fresh:
        print(f"  Bare host to first HTTPS 200: {done.first_200_s:.1f} s; with all checks: {done.seconds:.1f} s.")
    else:
        print(f"  Converged the living host in {done.seconds:.1f} s.")
    print(spelled(next_steps(rig)))


def down(name: str) -> None:
    """Remove all that the demo made, its images apart: they are the next one's head start."""
    Rig.remove(name)
    print("The demo's containers, network, volumes and keys are gone.")


def step(name: str, work: Callable[[], Made]) -> Made:
    """Do something and print its time."""
    began = time.monotonic()
    made = work()
    print(line(name, time.monotonic() - began, ""), flush=True)
    return made


def living_or_new(name: str) -> tuple[Rig, bool]:
    """Return the demo's rig, and whether its host is new."""
    try:
        return step("living host", lambda: Rig.load(name)), False
    except RigError:
        return step("bare host", lambda: Rig.up(name, {HOST: domains()}, kept=True)), True


def pack_meanwhile() -> None:
    """Pack the images while the host is provisioned; a deploy that comes too early packs, or waits, by itself."""
    for app in apps():
        argv = [sys.executable, "-m", "slipway", "image", "pack", DEMO, app]
        subprocess.Popen(argv, cwd=PACKAGES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@functools.cache
def apps() -> dict[str, list[str]]:
    """Return the domains of the apps of the demo's inventory, by name."""
    found = read_without_vault(DECLARED).apps
    return {str(app["name"]): [str(domain) for domain in cast("list[object]", app["domains"])] for app in found}


def domains() -> list[str]:
    """Return all domains of the demo's inventory."""
    return [domain for each in apps().values() for domain in each]


def url() -> str:
    """Return the address of the demo's first app."""
    return f"https://{domains()[0]}/"


def converge(rig: Rig) -> Converged:
    """Run site.yml with live progress; Ansible's own output goes to the log.

    Raises:
        DemoError: it failed.
    """
    log = logs() / f"{rig.name}.log"
    log.unlink(missing_ok=True)
    environment = play.environment({"ANSIBLE_STDOUT_CALLBACK": "slipway.kit.progress", "ANSIBLE_LOG_PATH": str(log)})
    run = Run(["site"], Environment(DEMO, (*DECLARED.sources, rig.inventory)))
    first = FirstAnswer(rig.visitor, url())
    began = time.monotonic()
    first.start()
    rc = subprocess.run(run.command(), env=environment, check=False).returncode
    seconds = time.monotonic() - began
    if rc:
        raise DemoError(
            f"\nThe host is still there. Look around: {log_in(rig)}\n"
            "`slipway demo` goes on where it stopped; `slipway demo-down` removes all."
        )
    return Converged(seconds, first.wait() - began, play.Played(rc, log.read_text()).changed)


def report(seen: Visit, rig: Rig) -> str:
    """Say what the visitor saw."""
    trusted = shown(rig.acme.root_pem)
    return (
        f"\n  {seen.url} answers {seen.status}: {seen.size_bytes} bytes over HTTP/{seen.http}, release {seen.release}\n"
        f"  Certificate by {seen.issuer}, valid until {seen.expires},\n"
        f"  verified from outside with nothing trusted but {trusted}"
    )


def next_steps(rig: Rig) -> str:
    """Say how to go on."""
    domain, address = domains()[0], rig.host(HOST).address
    root = shown(rig.acme.root_pem)
    return (
        f"\n  See it       curl --cacert {root} --resolve {domain}:443:{address} {url()}"
        f"\n  Look around  {log_in(rig)}"
        "\n  Again        slipway demo, which converges the living host"
        "\n  Stop         slipway demo-down"
    )


def log_in(rig: Rig) -> str:
    """Return the command that logs in to the host."""
    return f"ssh -F {shown(rig.folder / 'ssh_config')} {HOST}"


def shown(path: Path) -> str:
    """Return a path as a person here would type it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
