"""The jobs of a pipeline: build, deploy, rollback, review, retire, drift and audit."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.review import ReviewError, review_of
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import ImageRequest, resolve
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway import docker_host, inventory, playbook
from slipway.audit import verb as hosts_audit
from slipway.environment import Environment
from slipway.inventory import Inventory
from slipway.legible import VAULT_SHUT, UnreadableError
from slipway.unvaulted import without_vault

from . import images, plays, ssh
from .settings import Settings, read

REVISION_LENGTH = 10  # as `slipway deploy` writes it, so that `--to REVISION` finds the releases of both


@dataclass(frozen=True)
class Job:
    """What a job is about: an app of an environment, in the repository that the job runs in.

    Args:
        declared: the environment.
        app: name in `slipway_apps`.
        source: the repository.
        push: build: to CI_REGISTRY_IMAGE; else an archive is made.
    """

    declared: Environment
    app: str
    source: Path
    push: bool = False


def build(job: Job, environ: Mapping[str, str]) -> int:
    """Build the image of this commit and hand it on."""
    if not job.declared.folder.is_dir():
        folder = job.declared.folder
        raise RefusalError(
            what="the inventory is not in this repository",
            value=str(folder),
            where="the repository that the job runs in",
            next=f"slipway init {folder.name}, then git add --force {folder}",
        )
    app = inventory.read_without_vault(job.declared).completed(job.app)
    _refuse_further_images(app, job)
    artifacts = job.source / images.FOLDER
    artifacts.mkdir(exist_ok=True)
    if app["image"]:
        handed_on = images.hand_on(str(app["image"]), artifacts)
        print(f"nothing to build: the host pulls what `image` names\n  {handed_on.reference}")
        return 0
    with docker_host.reached(environ):
        made = resolve(ImageRequest(app, job.source, revision=environ.get("CI_COMMIT_SHA", "")[:REVISION_LENGTH]))
        image_id = str(made.described()["id"])
        images.check_port(image_id, int(str(app["port"])))
        repository = environ.get("CI_REGISTRY_IMAGE", "") if job.push else ""
        name = images.tag(repository, job.app, environ.get("CI_COMMIT_SHA", "local"))
        built = images.publish(image_id, name, artifacts, environ if job.push else None)
    print(f"built {built.tag}\n  as {built.reference}")
    return 0


def _refuse_further_images(app: Mapping[str, object], job: Job) -> None:
    """Refuse an app of several images: the job hands one on to the deploy jobs."""
    known = app["images"] if isinstance(app["images"], Mapping) else {}
    # Those of services are built where the app is deployed from.
    further = [str(name) for name in known if name != MAIN and not str(name).startswith("services/")]
    if further:
        raise RefusalError(
            what="the build job hands on one image, and this app has more",
            value=f"processes with an image of their own: {', '.join(further)}",
            where=f"slipway_apps, app {job.app}",
            next=f"let them share the app's image, or deploy by slipway deploy {job.declared.name}",
        )


def deploy(job: Job, environ: Mapping[str, str]) -> int:
    """Release the image of this pipeline, then ask from outside."""

    def extra(declared: Inventory) -> dict[str, object]:
        image = _checked_image(job, environ, declared.app(job.app))
        return {"app_only": job.app, "app_images": {job.app: image}}

    return _play(job, environ, ["deploy", "verify"], extra)


def rollback(job: Job, environ: Mapping[str, str]) -> int:
    """Go back to the last good release, or to the one that TO names."""

    def extra(declared: Inventory) -> dict[str, object]:
        declared.app(job.app)
        return {"app_only": job.app, "app_rollback_to": environ.get("TO", "")}

    return _play(job, environ, ["rollback"], extra)


def review(job: Job, environ: Mapping[str, str]) -> int:
    """Release the image of this pipeline as the review app of its merge request."""

    def extra(declared: Inventory) -> dict[str, object]:
        app = declared.app(job.app)
        made = _review_of(app, environ)
        return {**_review(job, environ), "app_images": {str(made["name"]): _checked_image(job, environ, app)}}

    return _play(job, environ, ["review"], extra, vault=False)


def retire(job: Job, environ: Mapping[str, str]) -> int:
    """Remove the review app of this merge request, its data included."""

    def extra(declared: Inventory) -> dict[str, object]:
        _review_of(declared.app(job.app), environ)
        return _review(job, environ)

    return _play(job, environ, ["retire"], extra, vault=False)


def drift(job: Job, environ: Mapping[str, str]) -> int:
    """Fail when the hosts are not what the inventory declares; change nothing."""
    with _ready(job, environ) as (settings, declared), ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        run = plays.playbooks(["provision"], settings, key, {})
        run = replace(run, options=[*run.options, "--check", "--diff"])
        code, output = plays.watched(run, plays.environment(settings, environ))
    differing = plays.changed(output)
    for host, count in differing.items():
        found = f"{host} is not as declared ({count} of its tasks would change it)"
        print(spelled(f"{found}; next: slipway provision {settings.environment}"), file=sys.stderr)
    return FAILED if code or differing else 0


def audit(job: Job, environ: Mapping[str, str]) -> int:
    """Audit the hosts and print their scores; a missed target fails the job, and so does a checker that did not run."""
    with _ready(job, environ) as (settings, declared), ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        # A second inventory, since what it says of a host wins over a person's own key in the first.
        hosts = {target.name: {"ansible_ssh_private_key_file": str(key)} for target in declared.targets}
        beside = key.with_name("key.yml")
        beside.write_text(json.dumps({"all": {"hosts": hosts}}))
        both = Environment(settings.environment, (*settings.read_from.sources, beside))
        vault = {"ANSIBLE_VAULT_PASSWORD_FILE": str(settings.vault_password)}
        return hosts_audit.audit(both, environ={**plays.environment(settings, environ), **vault})


Extra = Callable[[Inventory], dict[str, object]]


def _play(job: Job, environ: Mapping[str, str], verbs: Sequence[str], extra: Extra, *, vault: bool = True) -> int:
    with _ready(job, environ, vault=vault) as (settings, declared), ssh.private_key(settings) as key:
        ssh.try_all(declared.targets, settings, key)
        with docker_host.reached(environ) as reached:
            run = plays.playbooks(verbs, settings, key, extra(declared))
            return playbook.follow(run, environ=plays.environment(settings, reached))


@contextmanager
def _ready(job: Job, environ: Mapping[str, str], *, vault: bool = True) -> Iterator[tuple[Settings, Inventory]]:
    settings = read(environ, job.declared, vault=vault)
    if vault:
        yield settings, _read(settings)
        return
    with without_vault(job.declared.folder) as copy:
        settings = replace(settings, read_from=Environment(job.declared.name, (copy,)))
        yield settings, inventory.read_without_vault(job.declared).some_host()


def _read(settings: Settings) -> Inventory:
    passwords = [settings.vault_password] if settings.vault_password else []
    try:
        return inventory.read(settings.read_from, passwords).some_host()
    except UnreadableError as refusal:
        if any(finding.code == VAULT_SHUT for finding in refusal.findings):
            raise settings.vault_stays_shut() from refusal
        raise


def _checked_image(job: Job, environ: Mapping[str, str], app: Mapping[str, object]) -> str:
    image = images.fetch(environ, job.source / images.FOLDER)
    if "@sha256:" not in image:
        images.check_port(image, int(str(app.get("port", 8000))))
    return image


def _review(job: Job, environ: Mapping[str, str]) -> dict[str, object]:
    return {"app_only": job.app, "app_review_number": environ.get("CI_MERGE_REQUEST_IID", "")}


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


JOBS: dict[str, Callable[[Job, Mapping[str, str]], int]] = {
    "build": build,
    "deploy": deploy,
    "rollback": rollback,
    "review": review,
    "retire": retire,
    "drift": drift,
    "audit": audit,
}
