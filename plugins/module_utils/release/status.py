"""What is on this host of an app; only reads."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict

from . import certificates, files
from .app import MAIN
from .dockerd import Container
from .errors import RefusedError
from .job_run import Run, last_run
from .records import Release
from .session import Result, Session

OPENSSL_S = 5  # milliseconds on any host that is not stuck
LOG_LINES = 100


def status(session: Session) -> dict[str, object]:
    """Return releases, containers, lock, maintenance and certificate of an app.

    `certificate_days` is how long Caddy's certificate is still valid (None: none seen), `certificate_missing` which
    name waits for its first one, since when and why, `processes` how the further containers are, `memory_bytes` what
    all use together, `busy` who changes it now, `interrupted` the step at which a change died, `jobs_failed` the
    schedules whose last run did not end well.
    """
    records, app = session.records, session.app
    slot = records.live_slot()
    live = records.slot_release(slot)
    processes = records.processes(live) if slot else ()
    found = {each.name: session.engine.container(app.container(slot, each)) for each in processes} if slot else {}
    holder = session.leases.holder()
    journal = records.journal()
    return {
        "app": app.name,
        "domain": app.domains[0],
        "slot": slot,
        "releases": [_described(session, release, live) for release in records.releases()],
        "container": _health(found.get(MAIN)) if slot else "none",
        "processes": {name: _health(each) for name, each in found.items() if name != MAIN},
        "memory_bytes": _memory(session, list(found.values())),
        "busy": f"{holder.owner} since {_utc(holder.since)}" if holder else "",
        "interrupted": journal.step if journal and not holder else "",
        "maintenance": (app.live_dir / "maintenance").exists(),
        "certificate_days": _certificate_days(session),
        "certificate_missing": certificates.missing(certificates.waiting(), (*app.domains, *app.redirects)),
        "schema": records.data_schema(),
        "jobs_failed": [each.name for each in records.jobs(live) if _failed(last_run(records.state_dir, each.name))],
    }


def logs(session: Session, lines: int, process: str = "") -> list[str]:
    """Return the last lines that a process of the live release wrote; the app's own one where none is named.

    Raises:
        RefusedError: the live release has no such process.
    """
    app, slot = session.app, session.records.live_slot()
    if slot is None:
        return []
    known = {each.name: each for each in session.records.processes(session.records.slot_release(slot))}
    if (process or MAIN) not in known:
        raise RefusedError(
            f"{app.name}: the live release has no process {process!r}; it has {', '.join(known)}.",
            fix=f"`slipway logs ENV --app {app.name} --process {next(reversed(known))}`",
        )
    return session.engine.logs(app.container(slot, known[process or MAIN]), lines)


def _failed(run: Run | None) -> bool:
    return run is not None and run.outcome not in ("ok", "running")


def _memory(session: Session, containers: Sequence[Container | None]) -> int | None:
    """Return what all running containers use together, in bytes, None where it can't be told."""
    used = [session.engine.memory_bytes(each.id) for each in containers if each and each.running]
    known = [each for each in used if each is not None]
    return sum(known) if known and len(known) == len(used) else None


def maintenance(session: Session, owner: str, *, wanted: bool) -> Result:
    """Show visitors the maintenance page, or the app again."""
    marker = session.app.live_dir / "maintenance"
    result = Result(changed=marker.exists() != wanted)
    if session.check_mode or not result.changed:
        return result
    if wanted:
        files.write(marker, b"")
    else:
        files.remove(marker)
    session.note({"action": "maintenance on" if wanted else "maintenance off", "by": owner, "result": "ok"}, result)
    return result


def not_after(certificate: bytes) -> float | None:
    """Return the end of validity of a DER certificate as Unix time, None where it can't be read.

    A host has no Python package that reads certificates; openssl comes with ca-certificates, which Caddy needs.
    """
    command = ["openssl", "x509", "-inform", "DER", "-noout", "-enddate"]
    try:
        read = subprocess.run(command, input=certificate, capture_output=True, check=True, timeout=OPENSSL_S)
        return float(ssl.cert_time_to_seconds(read.stdout.decode().strip().removeprefix("notAfter=")))
    except (OSError, subprocess.SubprocessError, ValueError):  # who serves it may have written a month 13
        return None


def _described(session: Session, release: Release, live: str) -> dict[str, object]:
    resting = {session.records.slot_release("blue"), session.records.slot_release("green")}
    state: str = release.state
    if release.id == live:
        state = "live"
    elif release.state == "good":
        state = "idle" if release.id in resting else "kept"
    elif release.state == "new" and release.reason:
        state = "taken back"
    return {**asdict(release), "state": state, "age_s": round(time.time() - (release.live_at or release.created))}


def _health(container: Container | None) -> str:
    if container is None:
        return "missing"
    if not container.running:
        return f"exited with code {container.exit_code}"
    return container.health or "running"


def _certificate_days(session: Session) -> float | None:
    certificate = session.front.certificate(session.app.domains[0]) if session.front else None
    end = not_after(certificate) if certificate else None
    return round((end - time.time()) / 86400, 1) if end else None


def _utc(unix_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(unix_s))
