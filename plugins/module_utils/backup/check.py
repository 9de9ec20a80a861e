"""The check: what the store has is read and compared with its hashes, a seventh of it per run."""

from __future__ import annotations

from . import same_repository, state
from .config import Config
from .recorded import Outcome, Said, living, recorded
from .restic import Restic

# By a daily timer: the whole repository each week.
PARTS = 7


def check(config: Config, say: Said = print) -> int:
    """Read the structure of the repository, and the next part of its data.

    Returns:
        The exit code: 0 when all that was read is whole, else 1.
    """
    return recorded(config, "check", lambda: _check(config, say), say)


def _check(config: Config, say: Said) -> Outcome:
    if not living(config, say):
        return {}, []
    restic = Restic(config)
    same_repository.meet(config, restic, make=False)
    part = _next(config)
    restic.check(f"{part}/{PARTS}")
    say(f"part {part} of {PARTS} of the store's data is whole")
    return {"part": part}, []


def _next(config: Config) -> int:
    """Return the part after the last that was whole; one that was not, or was never read, comes again."""
    last = state.read(config.places.state).get("check", {}).get("part")
    return last % PARTS + 1 if isinstance(last, int) else 1
