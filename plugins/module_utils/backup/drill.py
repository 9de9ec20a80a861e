"""The drill: the newest copy of each app is fetched from the store and judged, as if it were needed, and removed."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..release import files, inside
from ..release.dockerd import Engine
from . import fetched, judged, same_repository, state
from .config import Config, Places
from .errors import BackupError
from .recorded import Outcome, Said, each, living, recorded
from .restic import Restic

# Copies whose drill is still told by `slipway backups`: a year of a host with several apps.
REMEMBERED = 200


def drill(config: Config, engine: Engine, say: Said = print) -> int:
    """Prove the newest copies of all apps that have a mirror.

    Returns:
        The exit code: 0 when each was fetched whole and no app's `judge` complained, else 1.
    """
    return recorded(config, "drill", lambda: _drill(config, engine, say), say)


def _drill(config: Config, engine: Engine, say: Said) -> Outcome:
    apps = living(config, say)
    if not apps:
        return {}, []
    restic = Restic(config)
    same_repository.meet(config, restic, make=False)
    folder = config.places.state / "drill"
    files.remove_tree(folder)  # of a drill that was killed
    files.folder(folder, mode=0o700)

    def one(name: str) -> Mapping[str, object]:
        told = _proved(inside.live(name, config.places.apps), engine, restic, config.places)
        words = f": {told['verdict']}" if told["verdict"] else ", and the app has no `judge`"
        say(f"{name}: copy {str(told['id'])[:8]} was fetched in {told['fetch_s']} s{words}")
        return told

    try:
        done, errors = each(apps, one)
    finally:
        files.remove_tree(folder)
    return {"apps": done, "proved": _remembered(config, done)}, errors


def _remembered(config: Config, done: Mapping[str, object]) -> dict[str, float]:
    """Return the ids of copies that passed a drill, the last ones, each with the Unix time of the drill."""
    known = state.read(config.places.state).get("drill", {}).get("proved")
    found = {name: at for name, at in known.items() if isinstance(at, float)} if isinstance(known, dict) else {}
    passed = [str(each["id"]) for each in done.values() if isinstance(each, Mapping) and each["verdict"]]
    latest = {**found, **dict.fromkeys(passed, time.time())}
    return dict(sorted(latest.items(), key=lambda item: item[1])[-REMEMBERED:])


def _proved(live: inside.Live, engine: Engine, restic: Restic, places: Places) -> Mapping[str, object]:
    app, began = live.app, time.monotonic()
    copies = restic.copies(app.name)
    if not copies:
        raise BackupError(f"{app.name}: the store has no copy of it.", fix="`slipway backup ENV`")
    newest, folder = copies[-1], places.state / "drill" / app.name
    try:
        fetched.fetch(restic, newest, app, folder)
        middle = time.monotonic()
        # A deploy may have come meanwhile: images of releases that are not live go.
        live = inside.live(app.name, places.apps)
        verdict = judged.judge(engine, live.app, (live.slot, live.release), folder, "drill")
    finally:
        files.remove_tree(folder)
    return {
        "id": newest.id,
        "of": newest.time,
        "bytes": newest.bytes,
        "fetch_s": round(middle - began, 1),
        "judge_s": round(time.monotonic() - middle, 1),
        "verdict": verdict,
    }
