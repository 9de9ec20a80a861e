"""Run one job: build, deploy, rollback, review, retire, drift or audit."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.review import ReviewError, review_of
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.order import Order, wanted_image
from slipway.asked import UNKNOWN
from slipway.unvaulted import without_vault

from . import engine, images, inventory, plays, ssh
from .declared import declared_app
from .given import JOB, JOB_FORMS, refuse_strange
from .programs import capture, run, stop_on_signals
from .refusal import EXIT_REFUSED, NoHostError, RefusalError
from .settings import Settings, read

REVISION_LENGTH = 10  # as `make deploy` writes it, so that TO=<revision> finds the releases of both
OPTION_FORMS = {"environment": forms.ENVIRONMENT, "app": forms.APP}
EXITS = (
    "exit codes: 0 done, 1 the playbook or the build failed, 2 refused before anything was touched; "
    "audit: 1 a target missed, 3 no host was asked, or a checker did not run"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that the arguments name and return its exit code."""
    options = parser().parse_args(arguments)
    stop_on_signals()
    try:
        refuse_strange(vars(options), OPTION_FORMS, "ENVIRONMENT of the job, and input `app` in .gitlab-ci.yml")
        refuse_strange(os.environ, JOB_FORMS, JOB)
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
    [app] = complete([declared_app(source / options.inventories / options.environment, options.app)])
    artifacts = source / images.FOLDER
    artifacts.mkdir(exist_ok=True)
    if app["image"]:
        handed_on = images.hand_on(str(app["image"]), artifacts)
        print(f"nothing to build: the host pulls what `image` names\n  {handed_on.reference}")
        return 0
    with engine.reached(environ):
        try:
            made = wanted_image(Order(app, source, revision=environ.get("CI_COMMIT_SHA", "")[:REVISION_LENGTH]))
        except ShippingError as error:
            print(error, file=sys.stderr)
            return 1
        image_id = str(made.described()["id"])
        images.check_port(image_id, int(str(app["port"])))
        repository = environ.get("CI_REGISTRY_IMAGE", "") if options.push else ""
        name = images.tag(repository, options.app, environ.get("CI_COMMIT_SHA", "local"))
        built = images.publish(image_id, name, artifacts, environ if options.push else None)
    print(f"built {built.tag}\n  as {built.reference}")
    return 0


def deploy(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Release the image of this pipeline, then ask from outside."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        image = _checked_image(options, environ, declared.app(options.app, settings))
        return {"app_only": options.app, "app_images": {options.app: image}}

    return _play(options, environ, ["deploy", "verify"], extra)


def rollback(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Go back to the last good release, or to the one that TO names."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        declared.app(options.app, settings)
        return {"app_only": options.app, "app_rollback_to": environ.get("TO", "")}

    return _play(options, environ, ["rollback"], extra)


def review(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Release the image of this pipeline as the review app of its merge request."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        app = declared.app(options.app, settings)
        made = _review_of(app, environ)
        return {**_review(options, environ), "app_images": {str(made["name"]): _checked_image(options, environ, app)}}

    return _play(options, environ, ["review"], extra, vault=False)


def retire(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Remove the review app of this merge request, its data included."""

    def extra(settings: Settings, declared: inventory.Inventory) -> dict[str, object]:
        _review_of(declared.app(options.app, settings), environ)
        return _review(options, environ)

    return _play(options, environ, ["retire"], extra, vault=False)


def drift(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Fail when the hosts are not what the inventory declares; change nothing."""
    with _ready(options, environ) as (settings, declared), ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        command = [*plays.playbooks(["provision"], settings, key, {}), "--check", "--diff"]
        done = capture(command, plays.environment(settings, environ))
    differing = plays.changed(done.output)
    for host, count in differing.items():
        told = f"{host} is not as declared ({count} of its tasks would change it)"
        print(f"{told}; next: make provision ENV={options.environment}", file=sys.stderr)
    return 1 if done.code or differing else 0


def audit(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Audit the hosts and print their scores; a missed target fails the job, and so does a checker that did not run."""
    try:
        with _ready(options, environ) as (settings, declared), ssh.private_key(settings) as key:
            return _audit(settings, declared, key, environ)
    except NoHostError as refusal:
        print(refusal, file=sys.stderr)
        return UNKNOWN


def _audit(settings: Settings, declared: inventory.Inventory, key: Path, environ: Mapping[str, str]) -> int:
    ssh.try_all(declared.targets, settings, key)
    # A second inventory, since what it says of a host wins over a person's own key in the first.
    hosts = {target.name: {"ansible_ssh_private_key_file": str(key)} for target in declared.targets}
    beside = key.with_name("key.yml")
    beside.write_text(json.dumps({"all": {"hosts": hosts}}))
    command = [sys.executable, "-m", "slipway.audit", "-i", str(settings.inventory), "-i", str(beside)]
    vault = {"ANSIBLE_VAULT_PASSWORD_FILE": str(settings.vault_password)}
    return run(command, {**plays.environment(settings, environ), **vault})


Extra = Callable[[Settings, inventory.Inventory], dict[str, object]]


def _play(
    options: argparse.Namespace, environ: Mapping[str, str], verbs: Sequence[str], extra: Extra, *, vault: bool = True
) -> int:
    with _ready(options, environ, vault=vault) as (settings, declared), ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        with engine.reached(environ) as job:
            variables = extra(settings, declared)
            environment = plays.environment(settings, job)
            return int(run(plays.playbooks(verbs, settings, key, variables), environment) != 0)


@contextmanager
def _ready(
    options: argparse.Namespace, environ: Mapping[str, str], *, vault: bool = True
) -> Iterator[tuple[Settings, inventory.Inventory]]:
    folder = options.source.resolve() / options.inventories / options.environment
    settings = read(environ, options.environment, folder, vault=vault)
    if vault:
        yield settings, inventory.read(settings)
        return
    with without_vault(folder) as copy:
        settings = replace(settings, read_from=copy)
        yield settings, inventory.read(settings)


def _checked_image(options: argparse.Namespace, environ: Mapping[str, str], app: Mapping[str, object]) -> str:
    image = images.fetch(environ, options.source.resolve() / images.FOLDER)
    if "@sha256:" not in image:
        images.check_port(image, int(str(app.get("port", 8000))))
    return image


def _review(options: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, object]:
    return {"app_only": options.app, "app_review_number": environ.get("CI_MERGE_REQUEST_IID", "")}


def _review_of(app: Mapping[str, object], environ: Mapping[str, str]) -> Mapping[str, object]:
    try:
        made: Mapping[str, object] = review_of([app], str(app["name"]), environ.get("CI_MERGE_REQUEST_IID", ""))
    except ReviewError as error:
        raise RefusalError(
            what="there can be no review app",
            value=str(error),
            where="CI_MERGE_REQUEST_IID, which GitLab sets in pipelines of merge requests",
            next="open a merge request for this branch",
        ) from error
    return made


JOBS: dict[str, Callable[[argparse.Namespace, Mapping[str, str]], int]] = {
    "build": build,
    "deploy": deploy,
    "rollback": rollback,
    "review": review,
    "retire": retire,
    "drift": drift,
    "audit": audit,
}

if __name__ == "__main__":
    sys.exit(main())
