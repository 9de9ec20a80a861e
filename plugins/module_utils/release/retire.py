"""Take a review app off the host: containers, networks, images, records, secrets and data. There is no way back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import confinement, files, images
from .app import SLOTS
from .deploy import prepare_folders
from .errors import ReleaseError
from .labels import APP_LABEL
from .lease import Heartbeat
from .routes import Routes
from .session import Result, Session
from .timers import Timers

# A file in the app's folder says that the app belongs to a merge request: only such apps can be retired, and a deploy
# of the declared ones leaves them alone.
MARK = "review"
COMPOSE_TIMEOUT_S = 120


class RetireError(ReleaseError):
    """The app is not a review app."""

    code = "retire"


def is_review(folder: Path) -> bool:
    """Whether the app in a folder belongs to a merge request."""
    return (folder / MARK).is_file()


def retire(session: Session, owner: str) -> Result:
    """Remove a review app with its data; one that is gone already is left at that.

    Raises:
        RetireError: it is not marked as a review app.
        LockedError: somebody changes it right now.
    """
    app = session.app
    if not app.root.is_dir():
        return Result(said=["is not here"])
    if not is_review(app.root):
        raise RetireError(
            f"{app.name} is not a review app, so its data is not deleted.",
            fix=f"take it out of slipway_apps and deploy to stop it; its data stays in {app.data_dir}",
        )
    if session.check_mode:
        return Result(changed=True, said=["would be removed, data included"])
    remove(session, owner)
    result = Result(changed=True, said=["removed, data included"])
    session.note({"action": "retire", "by": owner, "result": "ok"}, result)
    return result


def remove(session: Session, owner: str) -> None:
    """Take all of an app off the host, its data included.

    Raises:
        LockedError: somebody changes it right now.
    """
    app = session.app
    prepare_folders(session)  # a first deploy that failed early left some out, among them the lease's
    lease = session.leases.take(owner)
    with Heartbeat(session.leases, lease):
        for container in session.engine.containers(f"{APP_LABEL}={app.name}"):  # of a hook that died too
            session.engine.remove(container)
        for network in (*(f"{app.project(slot)}_default" for slot in SLOTS), f"{app.name}-services"):
            _remove_network(network)
        images.let_go(session.engine, app, ())
        confinement.let_go(app)
        Routes(app.name, app.live_dir).remove()
        Timers(app.name).converge(())
        files.remove_tree(app.secrets_dir)
    # The mark goes with the folder, last: a run that died on the way is taken up by the next. Both folders lie in
    # root's, no container of the app is left that could write, and no link is followed.
    files.remove_tree(app.root)


def _remove_network(name: str) -> None:
    """Remove a network; none is fine."""
    subprocess.run(["docker", "network", "rm", name], capture_output=True, timeout=COMPOSE_TIMEOUT_S, check=False)
