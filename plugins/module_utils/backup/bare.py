"""A host without data gets what the newest copies have, before anything runs on it: certificates and data."""

from __future__ import annotations

from collections.abc import Sequence

from ..release import files
from ..release.app import App
from ..release.deploy import prepare_folders
from ..release.dockerd import Engine
from ..release.records import Records
from ..release.session import Session
from . import certificates, fetched, same_repository, state
from .clock import clock
from .config import Config
from .errors import BackupError
from .restic import Restic


def bring_back(config: Config, apps: Sequence[App]) -> list[str]:
    """Give a host that has none the certificates, and each app with a mirror the data, of the newest copies.

    A run that was killed is made good by the next: what came back already stays. The first deploy brings the data to
    the schema of its release, as it does with data of an earlier one.

    Returns:
        What was done, a line each.

    Raises:
        BackupError: an app has data already, or a copy did not arrive whole.
    """
    restic = Restic(config)
    same_repository.meet(config, restic, make=False)
    wanted = [app for app in apps if app.mirror and not state.own_history(config.places.state, app.name)]
    for app in wanted:
        _refuse_data(app)
    said = ["Caddy's certificates are those of the copy"] if certificates.bring_back(config, restic) else []
    return said + [_app(config, restic, app) for app in wanted]


def _refuse_data(app: App) -> None:
    if Records(app).live_slot() or (app.data_dir.is_dir() and any(app.data_dir.iterdir())):
        raise BackupError(
            f"{app.name}: this host is not bare, {app.data_dir} has data or a release is live; nothing was touched.",
            fix=f"`slipway restore ENV {app.name}` exchanges the data of a host that lives, and keeps what it had",
        )


def _app(config: Config, restic: Restic, app: App) -> str:
    copies = restic.copies(app.name)
    if not copies:
        return f"{app.name}: the store has no copy of it; it begins without data"
    newest, records = copies[-1], Records(app)
    prepare_folders(Session(app, Engine(), None))
    fresh = app.root / "restored"
    try:
        fetched.fetch(restic, newest, app, fresh)
        schema = newest.tags.get("schema", "")
        records.raise_data_schema(int(schema) if schema.isdecimal() else 0)
        app.data_dir.rmdir()
        fresh.rename(app.data_dir)
        files.sync_folder(app.root)
    finally:
        files.remove_tree(fresh)
    state.take_history(config.places.state, [app.name])
    return f"{app.name}: its data is that of {clock(newest.time)}"
