"""The files of a release's secrets: root's folder, files that only the app's user reads."""

from __future__ import annotations

from collections.abc import Mapping

from . import files
from .app import App, Secret
from .records import Records


def write(records: Records, app: App, release_id: str, secrets: Mapping[str, Secret]) -> None:
    """Write a release's secrets where its containers read them: root's folder, files for the app's user only."""
    files.folder(app.secrets_dir, mode=0o700)
    files.folder(app.secrets_dir / ".releases", mode=0o700)
    folder = records.secrets_of(release_id)
    files.folder(folder, mode=0o700)
    for name, value in secrets.items():
        files.write(folder / name, value.reveal().encode(), mode=0o400, owner=app.uid)


def publish(records: Records, app: App, release_id: str) -> None:
    """Let <secrets_dir>/<NAME> be the live release's files: hard links, so that nothing is stored twice."""
    source = records.secrets_of(release_id)
    if not source.is_dir():
        return
    names = {entry.name for entry in source.iterdir()}
    for name in names:
        beside = app.secrets_dir / f".{name}.new"
        beside.unlink(missing_ok=True)
        beside.hardlink_to(source / name)
        beside.replace(app.secrets_dir / name)
    for entry in app.secrets_dir.iterdir():
        if entry.is_file() and entry.name not in names:
            entry.unlink()
