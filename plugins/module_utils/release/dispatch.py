"""From the module's parameters to the verb, and from its result to what the module returns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

from . import phases, trouble, uploads
from .app import App, Secret, Wanted, WantedImage
from .asker import Asker
from .deploy import deploy, prepare_folders
from .dockerd import Engine
from .errors import ReleaseError
from .forget import forget, forgettable
from .front import Front
from .job_list import jobs, run_job
from .made_up import made_up
from .orphans import APPS, stop_orphans
from .plain import plain_tree
from .restart import restart
from .retire import retire
from .rollback import roll_back
from .session import Result, Session
from .status import logs, maintenance, status


def dispatch(given: Mapping[str, object], *, check_mode: bool) -> dict[str, object]:
    """Do what the module was asked for.

    Args:
        given: parameters of module `release`, checked against its argument spec.
        check_mode: change nothing, tell what would be done.

    Returns:
        What the module returns, `changed` included.

    Raises:
        ReleaseError: it could not be done.
    """
    if given["state"] == "pruned":
        return _pruned(given, check_mode=check_mode)
    if given["state"] == "forgettable":
        return {"changed": False, "said": forgettable(Asker.of(given))}
    app = App.parse(_table(given["app"]))
    before = _live(app)
    try:
        outcome = plain_tree(_dispatch(app, given, check_mode=check_mode))
    except ReleaseError as error:
        error.changed = _live(app) != before
        raise
    except OSError as error:
        told = trouble.explained(error, app)
        told.changed = _live(app) != before
        raise told from error
    return cast("dict[str, object]", outcome)


def _live(app: App) -> str:
    with contextlib.suppress(OSError):
        return trouble.live_release(app)
    return ""


def _dispatch(app: App, given: Mapping[str, object], *, check_mode: bool) -> dict[str, object]:
    session = Session(app, Engine(), _front(given.get("front")), check_mode=check_mode)
    owner, state = str(given["owner"]), given["state"]
    if state in READS:
        return {"changed": False, **READS[state](session, given)}
    if state != "live":  # that one says all that is in its way
        Asker.of(given).refuse_anothers(app.name)
    if state in BESIDE_RELEASES:
        return _said(session, BESIDE_RELEASES[state](session, given, owner), given)
    return _said(session, _released(session, given, owner), given)


def _released(session: Session, given: Mapping[str, object], owner: str) -> Result:
    whole_run, token = given["phase"] == "all", str(given["lease"])
    if given["phase"] == "take_back":
        return phases.take_back(session, owner, token, str(given["failed_host"]))
    if given["phase"] not in ("all", "prepare"):
        return phases.go_on(session, cast("phases.Phase", given["phase"]), owner, token)
    if given["state"] == "rolled_back":
        return roll_back(session, str(given["target"]), owner, force=bool(given["force"]), whole_run=whole_run)
    result = _deploy(session, given, owner, whole_run=whole_run)
    if whole_run:
        _stop_undeclared(session, Asker.of(given), result)
    return result


READS: dict[object, Callable[[Session, Mapping[str, object]], dict[str, object]]] = {
    "status": lambda session, _: {"status": status(session)},
    "jobs": lambda session, _: {"jobs": jobs(session)},
    "logs": lambda session, given: {"lines": logs(session, int(str(given["lines"])), _word(given, "process"))},
}
BESIDE_RELEASES: dict[object, Callable[[Session, Mapping[str, object], str], Result]] = {
    "maintenance": lambda session, _, owner: maintenance(session, owner, wanted=True),
    "normal": lambda session, _, owner: maintenance(session, owner, wanted=False),
    "restarted": lambda session, given, owner: restart(session, _word(given, "process"), owner),
    "job_run": lambda session, given, owner: run_job(session, _word(given, "job"), owner),
    "retired": lambda session, _, owner: retire(session, owner),
    "forgotten": forget,
}


def _word(given: Mapping[str, object], name: str) -> str:
    return str(given.get(name) or "")


def _deploy(session: Session, given: Mapping[str, object], owner: str, *, whole_run: bool) -> Result:
    archives = {name: Path(str(path)) for name, path in _table(given.get("archives") or {}).items()}
    if not session.check_mode:
        uploads.clear()
    try:
        wanted = _wanted(session, given, owner)
        return deploy(session, wanted, Asker.of(given), archives=archives, whole_run=whole_run)
    finally:
        for archive in archives.values():
            with contextlib.suppress(OSError):  # what was done counts; a later deploy removes it
                archive.unlink(missing_ok=True)


def _stop_undeclared(session: Session, asker: Asker, result: Result) -> None:
    if asker.declared is None or result.layers_present:
        return
    orphans = stop_orphans(session.engine, session.app.root.parent, asker, check_mode=session.check_mode)
    result.changed = result.changed or orphans.changed
    result.said += orphans.said


def _pruned(given: Mapping[str, object], *, check_mode: bool) -> dict[str, object]:
    """Stop what is not declared, on a host where no declared app does it in passing."""
    orphans = stop_orphans(Engine(), APPS, Asker.of(given), check_mode=check_mode)
    return {"changed": orphans.changed, "said": orphans.said, "msg": "; ".join(orphans.said) or "nothing to stop"}


def _wanted(session: Session, given: Mapping[str, object], owner: str) -> Wanted:
    return Wanted(
        images={name: _wanted_image(_table(image)) for name, image in _table(given["images"]).items()},
        compose=str(given["compose"]),
        services=str(given.get("services") or ""),
        secrets=_secrets(session, given),
        owner=owner,
        declared=_table(given["app"]),
        site=_word(given, "site"),
    )


def _wanted_image(image: Mapping[str, object]) -> WantedImage:
    layers = image.get("layers")
    return WantedImage(
        id=str(image["id"]),
        fingerprint=str(image.get("fingerprint", "")),
        reference=str(image.get("reference", "")),
        layers=tuple(str(layer) for layer in layers) if isinstance(layers, list) else (),
        size=int(str(image.get("size", 0))),
        revision=str(image.get("revision", "")),
        architecture=str(image.get("architecture", "")),
    )


def _secrets(session: Session, given: Mapping[str, object]) -> dict[str, Secret]:
    secrets = {str(name): Secret(str(value)) for name, value in _table(given.get("secrets") or {}).items()}
    names = given.get("made_up")
    if not isinstance(names, list) or not names:
        return secrets
    if not session.check_mode:
        prepare_folders(session)
    return {**secrets, **made_up(session.app, [str(name) for name in names], check_mode=session.check_mode)}


def _front(given: object) -> Front | None:
    if not given:
        return None
    front = _table(given)
    return Front(admin_socket=Path(str(front["admin_socket"])), logs=Path(str(front["logs"])))


def _said(session: Session, result: Result, given: Mapping[str, object]) -> dict[str, object]:
    outcome = {key: value for key, value in asdict(result).items() if value not in (None, "")}
    outcome |= {"changed": result.changed, "msg": f"{session.app.name}: {'; '.join(result.said) or 'done'}"}
    if session.check_mode and result.changed and given.get("compose"):
        before = ""
        with contextlib.suppress(OSError):
            before = session.records.compose_file(result.previous).read_text(encoding="utf-8")
        outcome["diff"] = {
            "before_header": f"release {result.previous or 'none'}",
            "after_header": f"release {result.release}",
            "before": before,
            "after": str(given["compose"]),
        }
    return outcome


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a mapping is wanted, this is {type(value).__name__}")
    return value
