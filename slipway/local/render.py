"""Render production's templates, and the local overlay, into the files that Compose and Caddy read."""

from __future__ import annotations

import getpass
import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.fields import EXPOSURES
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import yaml_text
from slipway.places import KIT

from .app import Chosen
from .place import Place
from .ports import Ports
from .sources import Mount

MANAGED = "Written by `slipway local`; changes here are lost."
RELOAD = "/slipway/reload.py"
PAGES = "/pages"  # in Caddy's container
START_S = 10  # requests wait this long while the app starts again; a mistake shows after it
COMPOSE, OVERLAY, CADDYFILE = "compose.yml", "overlay.yml", "Caddyfile"


@dataclass(frozen=True)
class Plan:
    """All that the local files depend on."""

    chosen: Chosen
    place: Place
    ports: Ports
    mounts: Sequence[Mount]
    image_command: Sequence[str]
    caddy_image: str
    user: tuple[int, int]
    debug: bool

    @property
    def command(self) -> list[str]:
        """The image's command under the reloader; with debug Flask's own server, whose debugger shows mistakes."""
        command = list(self.image_command)
        if self.debug:
            port = str(self.chosen.production["port"])
            command = ["python3", "-m", "flask", "run", "--debug", "--no-reload", "--host", "0.0.0.0", "--port", port]  # noqa: S104 - inside the container
        return ["python3", RELOAD, *(mount.target for mount in self.mounts), "--", *command]


def files(plan: Plan) -> dict[str, str]:
    """Return the content of every file, by its name in the folder `rendered`."""
    template = environment()
    app = plan.chosen.local()
    caddyfile = template.get_template("local/Caddyfile.j2").render(
        app=app,
        ports=plan.ports,
        person=f"{getpass.getuser()}@{platform.node()}",
        exposures=EXPOSURES,
        upstream_host="app",
        pages_dir=PAGES,
        start_seconds=START_S,
        secure_authority="{host}" if plan.ports.secure == 443 else f"{{host}}:{plan.ports.secure}",  # noqa: PLR2004
        **front_defaults(),
    )
    overlay = template.get_template("local/overlay.yml.j2").render(
        app=app,
        user=f"{plan.user[0]}:{plan.user[1]}",
        command=[word.replace("$", "$$") for word in plan.command],
        debug=plan.debug,
        mounts=plan.mounts,
        reload_script=str(KIT / "compose" / "local" / "reload.py"),
        caddy_image=plan.caddy_image,
        ports=plan.ports,
        place=plan.place,
        pages=PAGES,
        pages_dir=KIT / "caddy" / "pages",
        configuration=hashlib.sha256(caddyfile.encode()).hexdigest(),
    )
    compose = template.get_template("app.yml.j2").render(app=plan.chosen.production)
    return {COMPOSE: compose, OVERLAY: overlay, CADDYFILE: caddyfile}


def environment() -> Environment:
    """Return Jinja as Ansible sets it up, as far as the shared templates use it."""
    result = Environment(
        loader=FileSystemLoader([KIT / "caddy", KIT / "compose"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )
    result.filters["yaml_text"] = yaml_text
    result.filters["comment"] = lambda text: "".join(f"# {line}\n" for line in str(text).splitlines()).rstrip("\n")
    result.globals["ansible_managed"] = MANAGED
    return result


def front_defaults() -> dict[str, object]:
    """Return the inputs of role caddy at their defaults: what production answers, this machine answers too."""
    role = KIT / "roles" / "caddy"
    values: dict[str, object] = {}
    for file in (role / "defaults" / "main.yml", role / "vars" / "main.yml"):
        values |= yaml.safe_load(file.read_text()) or {}
    return values


def write(plan: Plan) -> None:
    """Write the files into the app's place, and what says that slot blue is live."""
    for name, content in files(plan).items():
        (plan.place.rendered / name).write_text(content)
    (plan.place.live / "blue.release").write_text("local")


def dockerfile_of(chosen: Chosen) -> Path | None:
    """Return the app's Dockerfile; None for an app whose image is pulled."""
    if chosen.production["build"] is None:
        return None
    named = chosen.production["dockerfile"]
    return chosen.source / (str(named) if named else f"{chosen.production['build']}/Dockerfile")
