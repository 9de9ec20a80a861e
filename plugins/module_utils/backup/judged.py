"""The app's own word on a copy: its live release looks at it, alone with it and without a network."""

from __future__ import annotations

from pathlib import Path

from ..release.app import App, Slot
from ..release.commands import CommandError
from ..release.dockerd import Engine
from ..release.one_off import OneOff, Purpose
from ..release.plain import plain_line
from ..release.records import Records, Release
from .errors import BackupError

VERDICT_LENGTH = 200


def judge(engine: Engine, app: App, serving: tuple[Slot, Release], folder: Path, purpose: Purpose = "judge") -> str:
    """Let the live release judge a copy in a folder.

    Returns:
        What it said, one printable line that is nobody's but the app's; empty where the app has no `judge`.

    Raises:
        BackupError: the copy is not whole.
    """
    if not app.judge:
        return ""
    slot, release = serving
    runner = OneOff(app, Records(app), engine, folder)
    try:
        verdict = runner.run(purpose, release, slot, app.judge, alone=True)
    except CommandError as error:
        raise BackupError(
            f"{app.name}: the copy is not whole: `judge` {error.why}.",
            evidence=[plain_line(line)[:VERDICT_LENGTH] for line in error.evidence],
            fix=f"the app has the data that it had; `slipway backups ENV {app.name}` lists older copies",
        ) from error
    return plain_line(verdict[-1])[:VERDICT_LENGTH] if verdict else "it is whole"
