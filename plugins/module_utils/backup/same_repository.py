"""Whether the repository is the one of before: one that was emptied or replaced is not made again in silence."""

from __future__ import annotations

from . import state
from .config import Config
from .errors import BackupError
from .restic import Restic


def meet(config: Config, restic: Restic, *, make: bool = True) -> None:
    """Refuse another repository, or none, where this host saw one; where it never did, make it if that is wanted.

    Raises:
        BackupError: the repository is not the one of before, or there is none.
    """
    known, found = state.repository_id(config.places.state, config.repository), restic.repository_id()
    if known and found != known:
        raise BackupError(
            f"{config.repository} is not the repository that this host's copies are in: it has the id"
            f" {(found or 'of none')[:12]}, and had {known[:12]}.",
            fix="find out who replaced or emptied it; for a new beginning remove the line of it from"
            f" {config.places.state / state.FILE} on the host",
        )
    if found is None:
        if not make:
            raise BackupError(f"no repository was made yet at {config.repository}.", fix="`slipway backup ENV`")
        restic.init()
        found = restic.repository_id() or ""
    if not known:
        state.know_repository(config.places.state, config.repository, found)
