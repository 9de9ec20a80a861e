"""Make a wanted release live."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from . import confinement, exports, files, host_program, images, refusals, secret_files, starting, timers
from .app import MAIN, Wanted, WantedImage
from .asker import Asker
from .change import Change
from .dockerd import Engine, Image
from .errors import ImageError
from .labels import REVISION_LABEL, schema_of
from .records import Release
from .session import Result, Session
from .site import Site, news


def deploy(session: Session, wanted: Wanted, asker: Asker, *, archives: Mapping[str, Path], whole_run: bool) -> Result:
    """Make the wanted release live, or only prepare it (`whole_run` false) while other hosts do the same.

    Args:
        session: the app on this host.
        wanted: the release.
        asker: whose app it is.
        archives: the images that were sent, by the name of the process that brings each.
        whole_run: go through all phases at once.

    Returns:
        With `layers_present` set, and nothing done, when images have to be sent first.

    Raises:
        ReleaseError: whatever stopped it; visitors have the release they had.
    """
    release_id = wanted.id(session.app.name)
    result = Result(release=release_id, previous=session.records.slot_release(session.records.live_slot()))
    _refuse(session, wanted, asker, result.previous)
    told = _news(session, wanted, result.previous)
    if not session.check_mode:
        made = prepare_folders(session)
        mounted, warnings = confinement.confine(session.app)
        result.changed = any((made, mounted, host_program.install()))
        result.said += warnings
    if session.is_live(release_id):
        result.said += [f"{release_id} is live already", *told]
        result.said += asker.take(wanted.declared, check_mode=session.check_mode)
        result.changed = result.changed or bool(told)
        if not session.check_mode:
            result.changed = _kept_up(session, wanted, result, site=bool(told)) or result.changed
        return result
    timers.refuse_calendars(session.app.name, session.app.jobs)
    session.records.data_schema()  # damaged, it would stop the change in the middle
    result.changed = True
    if session.check_mode:
        result.said.append(f"would deploy {release_id}" + (f" over {result.previous}" if result.previous else ""))
        result.said += [*told, *asker.take(wanted.declared, check_mode=True)]
        return result
    if not archives and session.leases.holder() is None:
        result.layers_present = _to_be_sent(session, wanted)
        if result.layers_present:
            return result
        result.layers_present = None
    result.said += asker.take(wanted.declared, check_mode=False)
    with session.changing(wanted.owner, result) as change:
        _deploy(session, change, wanted, archives, result, whole_run=whole_run)
    result.said += told
    return result


def _refuse(session: Session, wanted: Wanted, asker: Asker, previous: str) -> None:
    """Refuse what can be known to go wrong, before anything is touched."""
    if previous:
        refusals.refuse_another_owner(session.app)
    for each in wanted.images.values():
        refusals.refuse_another_machine(session.app, each.architecture, platform.machine())
    asker.refuse_conflicts(wanted.declared)


def _news(session: Session, wanted: Wanted, previous: str) -> list[str]:
    """Return what will be new about the site, in words; nothing where it stays as it is.

    Raises:
        SiteError: Caddy would refuse it.
    """
    site = Site(session.app.name, session.records.state_dir)
    if not wanted.site or not site.differs(wanted.site):
        return []
    site.check(wanted.site)
    return [news(session.records.declaration(previous), wanted.declared, known=site.exists())]


def _kept_up(session: Session, wanted: Wanted, result: Result, *, site: bool) -> bool:
    """Bring up to date what does not belong to a release; tells whether a timer changed."""
    if site:
        with session.changing(wanted.owner, result) as change:
            change.site.bring(wanted.site)
        done: dict[str, object] = {"action": "site", "by": wanted.owner, "release": result.release, "result": "ok"}
        result.audit = session.note(done, result)
    # An earlier version of the kit released it, or what changed is not part of a release, such as `mirror`.
    if files.read_json(session.records.declared(result.release)) != wanted.declared:
        session.records.save_declared(result.release, wanted.declared)
    return session.timers.converge(session.records.jobs(result.release))


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


def _to_be_sent(session: Session, wanted: Wanted) -> dict[str, int]:
    """Return which images must be sent, and how many of the layers of each are here; refuses those that can't run.

    Raises:
        RefusedError, DiskError: an image is refused, or there is no room for those that are absent.
    """
    absent: dict[str, WantedImage] = {}
    for name, each in wanted.images.items():
        if each.reference:
            continue
        image = images.find(session.engine, each)
        if image is None:
            absent[name] = each
            continue
        schema_of(image.labels, image.id)
        refusals.refuse_lost_volumes(session.app, image)
    if not absent:
        return {}
    _check_disk(session.engine, sum(each.size for each in absent.values()))
    known = [other.layers for other in session.engine.images()]
    return {name: images.layers_present(known, each.layers) for name, each in absent.items()}


def _deploy(
    session: Session, change: Change, wanted: Wanted, archives: Mapping[str, Path], result: Result, *, whole_run: bool
) -> None:
    if change.under_way:
        result.said.append(change.recover())
        if session.is_live(result.release):
            change.site.bring(wanted.site)
            return
    if _heal(session, change, result):
        change.site.bring(wanted.site)
        return
    taken = {name: _take_in(session, each, archives.get(name)) for name, each in wanted.images.items()}
    release = _write_down(session, wanted, result.release, taken)
    change.site_text = wanted.site
    change.begin("deploy", release)
    change.serve(wanted.services, release)
    go_live(change, release, result, whole_run=whole_run)


def _heal(session: Session, change: Change, result: Result) -> bool:
    slot = session.records.live_slot()
    if slot is None or session.records.slot_release(slot) != result.release:
        return False
    for each in session.records.processes(result.release):
        container = session.engine.container(session.app.container(slot, each))
        if container and not starting.is_of(container, result.release, each, slot):
            return False  # the same release has to move to its new ports, by the way of every other one
    if not session.services.run():
        result.said += session.services.start()
    change.revive(slot, result.release)
    result.said.append(f"{result.release} is live but did not run; started again")
    return True


def _take_in(session: Session, wanted: WantedImage, archive: Path | None) -> Image:
    image = images.find(session.engine, wanted)
    if image:
        return image
    if archive:
        return images.load(session.engine, session.app, wanted, archive)
    if wanted.reference:
        _check_disk(session.engine, wanted.size)
        return images.pull(session.engine, wanted)
    raise ImageError(f"{session.app.name}: the image is not on the host any more.", fix="run the deploy again")


def _write_down(session: Session, wanted: Wanted, release_id: str, taken: Mapping[str, Image]) -> Release:
    app, main = session.app, taken[MAIN]
    schema = schema_of(main.labels, main.id)
    for name, image in taken.items():
        refusals.refuse_lost_volumes(app, image)
        images.keep(session.engine, app.repository(name), release_id, image)
    known = session.records.release(release_id)
    release = Release(
        id=release_id,
        image_id=main.id,
        config_hash=wanted.config_hash,
        schema=schema,
        revision=wanted.image.revision or main.labels.get(REVISION_LABEL, ""),
        size=sum(image.size for image in taken.values()),
        created=known.created if known else time.time(),
        by=wanted.owner,
        live_at=known.live_at if known else 0.0,
        images={name: image.id for name, image in taken.items() if name != MAIN},
        processes={each.name: each.described() for each in app.processes},
    )
    session.records.save(release, wanted.compose)
    session.records.save_override(release_id, exports.override(app.processes, taken))
    session.records.save_declared(release_id, wanted.declared)
    secret_files.write(session.records, app, release_id, wanted.secrets)
    return release


def _check_disk(engine: Engine, image_bytes: int) -> None:
    where = engine.root()
    images.check_disk(shutil.disk_usage(where).free, image_bytes, where)
