"""Delete what is not declared any more: an app, or a service of one, with its data. There is no way back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .asker import Asker
from .errors import RefusedError
from .orphans import APPS
from .register import Register
from .retire import is_review, remove
from .session import Result, Session


def forgettable(asker: Asker, apps: Path = APPS) -> list[str]:
    """Return the names of apps that have a folder on the host, are not declared, and are not another project's."""
    found = apps.iterdir() if apps.is_dir() else ()
    others = {name for name, each in Register().entries().items() if asker.project and each.project != asker.project}
    kept = {*(asker.declared or ()), *others}
    return sorted(each.name for each in found if each.name not in kept and not is_review(each))


def forget(session: Session, given: Mapping[str, object], owner: str) -> Result:
    """Remove what the parameters of module `release` name: `service` of the app, or the app.

    Raises:
        RefusedError: it is declared, or is not here.
        LockedError: somebody changes it right now.
    """
    if given.get("service"):
        return forget_service(session, str(given["service"]), owner)
    return forget_app(session, Asker.of(given), owner)


def forget_app(session: Session, asker: Asker, owner: str) -> Result:
    """Remove an app that is not declared any more: containers, networks, images, records, secrets and data.

    Raises:
        RefusedError: it is declared, or is not here.
        LockedError: somebody changes it right now.
    """
    name, known = session.app.name, forgettable(asker, session.app.root.parent)
    if name in (asker.declared or ()):
        raise RefusedError(
            f"{name} is declared in slipway_apps, so it is not forgotten.",
            fix=f"take it out there, `slipway deploy ENV` stops it, then `slipway forget ENV {name}`",
        )
    if name not in known:
        raise RefusedError(
            f"{name} is not on this host. Not declared any more are: {', '.join(known) or 'none'}.",
            fix="name one of them",
        )
    if not session.check_mode:
        remove(session, owner)
        Register().drop(name)
    return _told(session, owner, name)


def forget_service(session: Session, service: str, owner: str) -> Result:
    """Remove a service that its app does not declare any more: container, passwords and data.

    Raises:
        RefusedError: it is declared, or is not here.
    """
    app, kept = session.app, session.services.kept()
    name = f"{app.name}/{service}"
    if service in {each.name for each in app.services}:
        raise RefusedError(
            f"{name} is declared, so it is not forgotten.",
            fix=f"take it out of `services`, `slipway deploy ENV {app.name}` stops it; then forget it",
        )
    if service not in kept:
        raise RefusedError(
            f"{name} is not on this host. Not declared any more are: {', '.join(kept) or 'none'}.",
            fix="name one of them",
        )
    if not session.check_mode:
        with session.changing(owner, Result()):
            session.services.forget(service)
    return _told(session, owner, name)


def _told(session: Session, owner: str, name: str) -> Result:
    result = Result(changed=True, said=[f"{name} is forgotten, its data included"])
    if not session.check_mode:
        session.note({"action": "forget", "what": name, "by": owner, "result": "ok"}, result)
    return result
