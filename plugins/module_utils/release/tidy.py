"""What a change leaves to be removed. None of it decides whether the change succeeded: it is said, and tried again."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from . import images
from .app import App
from .dockerd import Engine
from .errors import LockedError
from .records import Records
from .snapshots import Snapshots


@contextlib.contextmanager
def tidying(what: str, said: list[str]) -> Iterator[None]:
    """Let the block fail with a warning in `said`: visitors have their release, and the next change tries again.

    Raises:
        LockedError: somebody else has taken the change over.
    """
    try:
        yield
    except LockedError:
        raise
    except Exception as error:  # whatever it is, it says nothing about the release
        why = str(error).partition("\n")[0] or type(error).__name__
        said.append(f"warning: {what} could not be removed: {why}")


def prune(app: App, records: Records, engine: Engine, inhabited: Collection[str], said: list[str]) -> None:
    """Keep both slots' releases, the last `keep_releases` good ones and the last snapshots; remove the rest."""
    good = [release.id for release in records.releases() if release.state == "good"]
    kept = {*inhabited, *good[: app.keep_releases]}
    with tidying("an old release", said):
        for release in records.releases():
            if release.id not in kept:
                records.forget(release.id)
    with tidying("an old image", said):
        images.let_go(engine, app, kept)
    with tidying("an old snapshot", said):
        Snapshots(app).prune()
