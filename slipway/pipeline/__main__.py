"""Run one job: build, deploy, rollback, review, retire, drift or audit."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from . import images, inventory, plays, review, ssh
from .programs import ROOT, capture, run, stop_on_signals
from .refusal import EXIT_REFUSED, RefusalError
from .settings import Settings, read

EXITS = "exit codes: 0 done, 1 the playbook or the build failed, 2 refused before anything was touched"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that the arguments name and return its exit code."""
    options = parser().parse_args(arguments)
    stop_on_signals()
    try:
        return JOBS[options.job](options, os.environ)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    result = argparse.ArgumentParser(prog="slipway.pipeline", description=__doc__, epilog=EXITS)
    jobs = result.add_subparsers(dest="job", required=True)
    for job in JOBS:
        one = jobs.add_parser(job, epilog=EXITS)
        one.add_argument("environment", help="name of the inventory, and scope of the GitLab variables")
        one.add_argument("--app", required=True, help="name in slipway_apps")
        one.add_argument("--source", type=Path, default=Path.cwd(), help="the repository that the job runs in")
        one.add_argument("--inventories", default="inventories", help="folder of the inventories in --source")
        if job == "build":
            one.add_argument("--push", action="store_true", help="to CI_REGISTRY_IMAGE; else an archive is made")
    return result


def build(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Build the image of this commit and hand it on."""
    source = options.source.resolve()
    folder = source / options.inventories / options.environment
    command = [sys.executable, "-m", "slipway.image", "build", "-i", str(folder), "--app", options.app]
    made = subprocess.run([*command, "--source", str(source)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode:
        return 1
    image_id = made.stdout.strip().splitlines()[-1]
    repository = environ.get("CI_REGISTRY_IMAGE", "") if options.push else ""
    name = images.tag(repository, options.app, environ.get("CI_COMMIT_SHA", "local"))
    artifacts = source / images.FOLDER
    artifacts.mkdir(exist_ok=True)
    built = images.publish(image_id, name, artifacts, push=options.push)
    (artifacts / images.RECORD).write_text(built.record())
    print(f"built {built.tag}\n  as {built.reference}")
    return 0


def deploy(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Release the image of this pipeline, then ask from outside."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        image = _checked_image(options, environ, declared.app(options.app, settings))
        return {"app_images": {options.app: image}, "slipway_only": options.app}

    return _play(options, environ, ["deploy", "verify"], extra)


def rollback(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Go back to the last good release, or to the one that TO names."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        declared.app(options.app, settings)
        to = environ.get("TO", "")
        return {"slipway_only": options.app} | ({"app_rollback_to": to} if to else {})

    return _play(options, environ, ["rollback"], extra)


def deploy_review(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Release the image of this pipeline as the review app of its merge request."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        app = declared.app(options.app, settings)
        variables = _review_variables(app, declared, environ)
        image = _checked_image(options, environ, app)
        return {**variables, "app_images": {variables["slipway_only"]: image}}

    return _play(options, environ, ["review"], extra)


def retire(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Remove the review app of this merge request, its data included."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        return _review_variables(declared.app(options.app, settings), declared, environ)

    return _play(options, environ, ["retire"], extra)


def drift(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Fail when the hosts are not what the inventory declares; change nothing."""
    settings, declared = _ready(options, environ)
    with ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        command = [*plays.playbook("provision", settings, key, {}), "--check", "--diff"]
        done = capture(command, plays.environment(settings, environ))
    differing = plays.changed(done.output)
    for host, count in differing.items():
        print(f"{host}: {count} differences; `make provision ENV={options.environment}` removes them", file=sys.stderr)
    return 1 if done.code or differing else 0


def audit(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Audit the hosts."""
    return _play(options, environ, ["audit"], lambda _settings, _declared: {})


Extra = Callable[[Settings, inventory.Inventory], dict[str, object]]


def _play(options: argparse.Namespace, environ: Mapping[str, str], verbs: Sequence[str], extra: Extra) -> int:
    settings, declared = _ready(options, environ)
    with ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        variables = extra(settings, declared)
        environment = plays.environment(settings, environ)
        return next(
            (1 for command in plays.sequence(verbs, settings, key, variables) if run(command, environment)),
            0,
        )


def _ready(options: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Settings, inventory.Inventory]:
    folder = options.source.resolve() / options.inventories / options.environment
    settings = read(environ, options.environment, folder)
    return settings, inventory.read(settings)


def _checked_image(options: argparse.Namespace, environ: Mapping[str, str], app: Mapping[str, object]) -> str:
    image = images.fetch(environ, options.source.resolve() / images.FOLDER)
    if "@sha256:" not in image:
        images.check_port(image, int(str(app.get("port", 8000))))
    return image


def _review_variables(
    app: Mapping[str, object], declared: inventory.Inventory, environ: Mapping[str, str]
) -> dict[str, object]:
    secrets = cast(dict[str, object], declared.variables.get("slipway_secrets") or {})
    return review.variables(app, secrets, environ.get("CI_MERGE_REQUEST_IID", ""))


JOBS: dict[str, Callable[[argparse.Namespace, Mapping[str, str]], int]] = {
    "build": build,
    "deploy": deploy,
    "rollback": rollback,
    "review": deploy_review,
    "retire": retire,
    "drift": drift,
    "audit": audit,
}

if __name__ == "__main__":
    sys.exit(main())
