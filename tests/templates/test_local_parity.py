"""Local development against production: every difference of what Caddy and Compose really load is named here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import yaml

from slipway.local import render
from slipway.local.app import Chosen, choose
from slipway.local.images import artifact
from slipway.local.place import Place
from slipway.local.ports import Ports
from slipway.local.sources import Mount

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "caddy" / "templates" / "Caddyfile.j2"
USUAL = Ports(80, 443)

# Path in what `caddy adapt` makes of the site -> why local development differs there.
SITE_DIFFERENCES = {
    "match.host": "the name ends in .localhost",
    "upstreams.dial": "the app is another container, not a port on loopback",
    "root": "the folder that says what is live is mounted elsewhere",
    "X-Release": "so is the file with the release's id",
    "defaults": "and the one with the live slot's port",
    "body": "and so are the error pages",
    "try_duration": "each change of the source starts the app again",
    "headers.Location": "the redirect names the port where 443 is taken",
}
# Path in `docker compose config` -> why local development differs there.
COMPOSE_DIFFERENCES = {
    "services.caddy": "Caddy is a container here, a service of the host there",
    "services.app.command": "production's command, under the reloader",
    "services.app.entrypoint": "part of that command",
    "services.app.user": "the developer, so that files stay theirs",
    "services.app.ports": "nothing but Caddy reaches the app",
    "services.app.volumes": "the source and the reloader, read-only, beside the data",
    "services.app.environment.FLASK_DEBUG": "only with the debug switch",
}


@pytest.fixture
def chosen() -> Chosen:
    return choose(None, "demo", "strongbox")


@pytest.fixture
def files(chosen: Chosen, tmp_path: Path) -> dict[str, str]:
    """The local files as `make local` writes them, on the usual ports."""
    return render.files(plan(chosen, tmp_path))


def plan(chosen: Chosen, folder: Path, *, ports: Ports = USUAL, debug: bool = False) -> render.Plan:
    mounts = [Mount(ROOT / "app" / "src", "/opt/app")]
    command = ["python", "-m", "strongbox.serve"]
    return render.Plan(chosen, Place(folder, chosen.name), ports, mounts, command, "caddy:1", (1000, 1000), debug)


def production_site(chosen: Chosen, folder: Path) -> Path:
    """Write production's Caddyfile, as role caddy renders it, with one site."""
    template = render.environment()
    inputs = {**render.front_defaults(), "__caddy_apps": [chosen.production], "__caddy_address": ""}
    role = template.from_string(ROLE.read_text()).render(**inputs)
    (folder / "sites").mkdir()
    (folder / "Caddyfile").write_text(role)
    (folder / "answers.caddy").write_text(template.get_template("answers.caddy.j2").render(**inputs))
    site = template.get_template("site.caddy.j2").render(app=chosen.production, **inputs)
    (folder / "sites" / "strongbox.caddy").write_text(site)
    return folder / "Caddyfile"


def adapted(caddyfile: Path) -> dict[str, object]:
    command = [str(artifact("caddy")), "adapt", "--config", str(caddyfile), "--adapter", "caddyfile"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=caddyfile.parent)
    assert answer.returncode == 0, f"{answer.stderr}\n{caddyfile.read_text()}"
    return cast(dict[str, object], json.loads(answer.stdout))


def routes_of(configuration: dict[str, object], domain: str) -> list[object]:
    """Return what is done with requests for a name, over HTTP and over HTTPS, wherever it listens."""
    servers = cast(dict[str, dict[str, object]], configuration["apps"]["http"]["servers"])  # type: ignore[index]
    routes = [route for server in servers.values() for route in cast(list[dict[str, object]], server.get("routes", []))]
    return [route for route in routes if domain in json.dumps(route.get("match"))]


def errors_of(configuration: dict[str, object], domain: str) -> list[object]:
    servers = cast(dict[str, dict[str, object]], configuration["apps"]["http"]["servers"])  # type: ignore[index]
    found = [cast(dict[str, list[dict[str, object]]], server.get("errors") or {}) for server in servers.values()]
    return [route for errors in found for route in errors.get("routes", []) if domain in json.dumps(route.get("match"))]


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Give each scalar with its path; positions in lists and Caddy's numbering of groups don't count."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "group":
                yield from leaves(item, (*path, str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    else:
        yield ".".join(path), value


def differences(there: object, here: object) -> set[str]:
    first, second = ([(path, str(value)) for path, value in leaves(side)] for side in (there, here))
    return {path for path, _ in set(first) ^ set(second)}


def unexplained(found: set[str], allowed: dict[str, str]) -> set[str]:
    return {path for path in found if not any(part in path for part in allowed)}


def test_the_local_site_differs_from_production_only_where_it_must(
    chosen: Chosen, files: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "Caddyfile.local").write_text(files[render.CADDYFILE])
    there, here = adapted(production_site(chosen, tmp_path)), adapted(tmp_path / "Caddyfile.local")
    domain = str(cast(list[str], chosen.production["domains"])[0])
    for part in (routes_of, errors_of):
        production, local = part(there, domain), part(here, chosen.domain)
        assert production
        assert len(production) == len(local)
        found = differences(production, local)
        assert unexplained(found, SITE_DIFFERENCES) == set()


def test_the_allow_list_of_the_site_holds_nothing_that_does_not_differ(chosen: Chosen, tmp_path: Path) -> None:
    local = render.files(plan(chosen, tmp_path, ports=Ports(8080, 8443)))[render.CADDYFILE]
    (tmp_path / "Caddyfile.local").write_text(local)
    there, here = adapted(production_site(chosen, tmp_path)), adapted(tmp_path / "Caddyfile.local")
    domain = str(cast(list[str], chosen.production["domains"])[0])
    found = differences(routes_of(there, domain), routes_of(here, chosen.domain))
    found |= differences(errors_of(there, domain), errors_of(here, chosen.domain))
    assert [part for part in SITE_DIFFERENCES if not any(part in path for path in found)] == []


def loaded(folder: Path, *names: str) -> dict[str, object]:
    """Return what Compose makes of the files, with production's environment."""
    given = {"IMAGE": "i", "SLOT": "s", "PORT": "20000", "RELEASE": "r", "DATA_DIR": "/data", "SECRETS_DIR": "/secrets"}
    environment = {**os.environ, **{f"SLIPWAY_{name}": value for name, value in given.items()}}
    command = [str(artifact("docker-compose")), *(part for name in names for part in ("--file", name)), "config"]
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return cast(dict[str, object], yaml.safe_load(answer.stdout))


@pytest.mark.parametrize("debug", [False, True], ids=["as in production", "debug"])
def test_the_local_containers_differ_from_production_only_where_they_must(
    chosen: Chosen, tmp_path: Path, debug: bool
) -> None:
    for name, content in render.files(plan(chosen, tmp_path, debug=debug)).items():
        (tmp_path / name).write_text(content)
    there = loaded(tmp_path, render.COMPOSE)
    here = loaded(tmp_path, render.COMPOSE, render.OVERLAY)
    found = differences(there, here)
    assert unexplained(found, COMPOSE_DIFFERENCES) == set()
    assert ("services.app.environment.FLASK_DEBUG" in found) is debug


def test_the_local_app_keeps_productions_walls(files: dict[str, str], tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    services = cast(dict[str, dict[str, object]], loaded(tmp_path, render.COMPOSE, render.OVERLAY)["services"])
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["user"] == "1000:1000"
    assert "ports" not in services["app"]
    assert {port["host_ip"] for port in cast(list[dict[str, object]], services["caddy"]["ports"])} == {"127.0.0.1"}


def test_the_images_command_runs_under_the_reloader_and_debug_takes_flasks_own_server(
    chosen: Chosen, tmp_path: Path
) -> None:
    reloader = ["python3", "/slipway/reload.py", "/opt/app", "--"]
    assert plan(chosen, tmp_path).command == [*reloader, "python", "-m", "strongbox.serve"]
    flask = ["python3", "-m", "flask", "run", "--debug", "--no-reload", "--host", "0.0.0.0", "--port", "8000"]
    assert plan(chosen, tmp_path, debug=True).command == [*reloader, *flask]


def test_the_source_is_mounted_read_only_over_its_copy(files: dict[str, str]) -> None:
    overlay = yaml.compose(files[render.OVERLAY])
    assert "read_only: true" in files[render.OVERLAY]
    assert overlay is not None
    assert f'source: "{ROOT}/app/src", target: "/opt/app", read_only: true' in files[render.OVERLAY]
