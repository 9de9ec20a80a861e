"""The demo, step by step."""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.progress import line
from slipway import ROOT
from slipway.demo.errors import DemoError
from slipway.demo.visit import FirstAnswer, Visit, visit
from slipway.rig import Rig, RigError, engine, images, play

HOST = "web1"
INVENTORY = ROOT / "inventories" / "demo"
LOGS = ROOT / ".logs"
PLAYBOOK = "playbooks/site.yml"

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
    step("programs", lambda: slipway("artifacts", "caddy"))
    for app in apps():
        step(f"image of {app}", functools.partial(slipway, "image", "build", "-i", str(INVENTORY), "--app", app))
    rig, fresh = living_or_new(name)
    if fresh:
        pack_meanwhile()
    done = converge(rig)
    print(report(visit(rig.visitor, url()), rig))
    if fresh:
        print(f"  Bare host to first HTTPS 200: {done.first_200_s:.1f} s; with all checks: {done.seconds:.1f} s.")
    else:
        print(f"  Converged the living host in {done.seconds:.1f} s.")
    print(farewell(rig))


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


def slipway(command: str, *args: str) -> None:
    """Run another command of Slipway.

    Raises:
        DemoError: it failed; the message is what it said.
    """
    argv = [sys.executable, "-m", f"slipway.{command}", *args]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"`python -m slipway.{command} {' '.join(args)}` failed:\n{done.stderr.strip()}")


def pack_meanwhile() -> None:
    """Pack the images while the host is provisioned; a deploy that comes too early packs, or waits, by itself."""
    for app in apps():
        argv = [sys.executable, "-m", "slipway.image", "pack", "-i", str(INVENTORY), "--app", app]
        subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def apps() -> dict[str, list[str]]:
    """Return the domains of the apps of the demo's inventory, by name."""
    settings = yaml.safe_load((INVENTORY / "group_vars" / "all" / "main.yml").read_text())
    return {app["name"]: app["domains"] for app in settings["slipway_apps"]}


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
    LOGS.mkdir(exist_ok=True)
    log = LOGS / f"{rig.name}.log"
    log.unlink(missing_ok=True)
    environment = play.environment({"ANSIBLE_STDOUT_CALLBACK": "slipway.kit.progress", "ANSIBLE_LOG_PATH": str(log)})
    first = FirstAnswer(rig.visitor, url())
    began = time.monotonic()
    first.start()
    rc = subprocess.run(
        play.command(PLAYBOOK, [INVENTORY, rig.inventory]), cwd=ROOT, env=environment, check=False
    ).returncode
    seconds = time.monotonic() - began
    if rc:
        raise DemoError(
            f"\nThe host is still there. Look around: {log_in(rig)}\n"
            "`make demo` goes on where it stopped; `make demo-down` removes all."
        )
    return Converged(seconds, first.wait() - began, play.Played(rc, log.read_text()).changed)


def report(seen: Visit, rig: Rig) -> str:
    """Say what the visitor saw."""
    trusted = rig.acme.root_pem.relative_to(ROOT)
    return (
        f"\n  {seen.url} answers {seen.status}: {seen.size_bytes} bytes over HTTP/{seen.http}, release {seen.release}\n"
        f"  Certificate by {seen.issuer}, valid until {seen.expires},\n"
        f"  verified from outside with nothing trusted but {trusted}"
    )


def farewell(rig: Rig) -> str:
    """Say how to go on."""
    domain, address = domains()[0], rig.host(HOST).address
    root = rig.acme.root_pem.relative_to(ROOT)
    return (
        f"\n  See it       curl --cacert {root} --resolve {domain}:443:{address} {url()}"
        f"\n  Look around  {log_in(rig)}"
        "\n  Again        make demo        converges the living host"
        "\n  Stop         make demo-down"
    )


def log_in(rig: Rig) -> str:
    """Return the command that logs in to the host."""
    return f"ssh -F {(rig.folder / 'ssh_config').relative_to(ROOT)} {HOST}"
