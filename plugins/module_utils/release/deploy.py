"""Make a wanted release live."""

from __future__ import annotations

import platform
import shutil
import time
from pathlib import Path

from . import confinement, files, images, refusals, starting
from .app import Wanted
from .change import Change, write_secrets
from .dockerd import Engine, Image
from .errors import ImageError
from .labels import REVISION_LABEL, schema_of
from .records import Release
from .session import Result, Session


def deploy(session: Session, wanted: Wanted, *, archive: Path | None, whole_run: bool) -> Result:
    """Make the wanted release live, or only prepare it (`whole_run` false) while other hosts do the same.

    Args:
        session: the app on this host.
        wanted: the release.
        archive: the image as it was sent, where it was.
        whole_run: go through all phases at once.

    Returns:
        With `layers_present` set, and nothing done, when the image has to be sent first.

    Raises:
        ReleaseError: whatever stopped it; visitors have the release they had.
    """
    release_id = wanted.id(session.app.name)
    result = Result(release=release_id, previous=session.records.slot_release(session.records.live_slot()))
    if result.previous:
        refusals.refuse_another_owner(session.app)
    refusals.refuse_another_machine(session.app, wanted.image.architecture, platform.machine())
    if not session.check_mode:
        made = prepare_folders(session)
        mounted, warnings = confinement.confine(session.app)
        result.changed = made or mounted
        result.said += warnings
    if session.is_live(release_id):
        result.said.append(f"{release_id} is live already")
        return result
    session.records.data_schema()  # damaged, it would stop the change in the middle
    result.changed = True
    if session.check_mode:
        result.said.append(f"would deploy {release_id}" + (f" over {result.previous}" if result.previous else ""))
        return result
    if archive is None and not wanted.image.reference and session.leases.holder() is None:
        image = images.find(session.engine, wanted.image)
        if image:
            schema_of(image.labels, image.id)
            refusals.refuse_lost_volumes(session.app, image)
        else:
            _check_disk(session.engine, wanted.image.size)
            known = [other.layers for other in session.engine.images()]
            result.layers_present = images.layers_present(known, wanted.image.layers)
            return result
    with session.changing(wanted.owner, result) as change:
        _deploy(session, change, wanted, archive, result, whole_run=whole_run)
    return result


def prepare_folders(session: Session) -> bool:
    """Make sure that the app's folders exist; Caddy may look into `live` and nothing else. Tells what changed."""
    app = session.app
    folders = (
        (app.root.parent.parent, 0o755, 0),
        (app.root.parent, 0o755, 0),
        (app.root, 0o711, 0),
        (app.live_dir, 0o755, 0),
        (session.records.state_dir, 0o700, 0),
        (session.records.releases_dir, 0o700, 0),
        (app.data_dir, 0o700, app.uid),
        (app.secrets_dir.parent.parent, 0o755, 0),
        (app.secrets_dir.parent, 0o700, 0),
        (app.secrets_dir, 0o700, 0),
    )
    return sum(files.folder(path, mode=mode, owner=owner) for path, mode, owner in folders) > 0


def go_live(change: Change, release: Release, result: Result, *, whole_run: bool) -> None:
    """Do the phases of a change that was begun."""
    result.slot = change.journal.slot
    change.prepare(release)
    if whole_run:
        change.switch(release)
        change.watch()
        change.finish()


def _deploy(
    session: Session, change: Change, wanted: Wanted, archive: Path | None, result: Result, *, whole_run: bool
) -> None:
    if change.under_way:
        result.said.append(change.recover())
        if session.is_live(result.release):
            return
    if _heal(session, change, result):
        return
    image = _take_in(session, wanted, archive)
    release = _write_down(session, wanted, result.release, image)
    change.begin("deploy", release)
    go_live(change, release, result, whole_run=whole_run)


def _heal(session: Session, change: Change, result: Result) -> bool:
    slot = session.records.live_slot()
    if slot is None or session.records.slot_release(slot) != result.release:
        return False
    container = session.engine.container(session.app.project(slot))
    if container and not starting.on_port(container, session.app.ports[slot]):
        return False  # the same release has to move to its new ports, by the way of every other one
    change.revive(slot, result.release)
    result.said.append(f"{result.release} is live but did not run; started again")
    return True


def _take_in(session: Session, wanted: Wanted, archive: Path | None) -> Image:
    image = images.find(session.engine, wanted.image)
    if image:
        return image
    if archive:
        return images.load(session.engine, session.app, wanted.image, archive)
    if wanted.image.reference:
        _check_disk(session.engine, wanted.image.size)
        return images.pull(session.engine, wanted.image)
    raise ImageError(f"{session.app.name}: the image is not on the host any more.", fix="run the deploy again")


def _write_down(session: Session, wanted: Wanted, release_id: str, image: Image) -> Release:
    schema = schema_of(image.labels, image.id)
    refusals.refuse_lost_volumes(session.app, image)
    images.keep(session.engine, session.app, release_id, image)
    known = session.records.release(release_id)
    release = Release(
        id=release_id,
        image_id=image.id,
        config_hash=wanted.config_hash,
        schema=schema,
        revision=wanted.image.revision or image.labels.get(REVISION_LABEL, ""),
        size=image.size,
        created=known.created if known else time.time(),
        by=wanted.owner,
        live_at=known.live_at if known else 0.0,
    )
    session.records.save(release, wanted.compose)
    write_secrets(session.records, session.app, release_id, wanted.secrets)
    return release


def _check_disk(engine: Engine, image_bytes: int) -> None:
    where = engine.root()
    images.check_disk(shutil.disk_usage(where).free, image_bytes, where)
