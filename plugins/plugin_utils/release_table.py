"""The table that `slipway status ENV` shows. Runs on the control machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.slipway.kit.plugins.module_utils.findings.duration import age
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain

ONE_MIB = 1024 * 1024
HEADER = ("release", "state", "revision", "age", "size", "by")


def table(apps: Iterable[Mapping[str, object]]) -> list[str]:
    """Return lines: for each app one that sums it up, then one a release, the live one first.

    Args:
        apps: what module `release` returns as `status`, one an app.
    """
    lines: list[str] = []
    for app in apps:
        lines += [summary(app), *aligned([HEADER, *map(_row, _releases(app))]), ""]
    return lines[:-1]


def summary(app: Mapping[str, object]) -> str:
    """Return one line on an app: where, container, memory, certificate, and what is out of the ordinary."""
    said = [f"{app['app']} at https://{app['domain']}", f"slot {app['slot'] or 'none'}, {app['container']}"]
    if app.get("memory_bytes"):
        said.append(f"{_whole(app['memory_bytes']) // ONE_MIB} MiB")
    days = app.get("certificate_days")
    if app.get("certificate_missing"):
        said.append(f"NO CERTIFICATE FOR {app['certificate_missing']}")
    elif days is None:
        said.append("no certificate (why: `slipway verify ENV`)")
    else:
        said.append(f"certificate for {days} days")
    failed = app.get("jobs_failed")
    if isinstance(failed, list) and failed:
        said.append(f"FAILED: {', '.join(map(str, failed))} (`slipway jobs ENV`)")
    if app.get("maintenance"):
        said.append("MAINTENANCE PAGE IS ON")
    if app.get("busy"):
        said.append(f"locked by {app['busy']}")
    if app.get("interrupted"):
        said.append(f"interrupted at {app['interrupted']}: the next deploy ends it")
    return plain("; ".join(said))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with straight columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _releases(app: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    found = app["releases"]
    return sorted(found, key=lambda each: each["state"] != "live") if isinstance(found, list) else []


def _row(release: Mapping[str, object]) -> tuple[str, ...]:
    size = f"{_whole(release['size']) // ONE_MIB} MiB"
    texts = (release["id"], release["state"], release["revision"], age(_whole(release["age_s"])), size, release["by"])
    return tuple(" ".join(plain(str(text or "-")).split()) for text in texts)


def _whole(value: object) -> int:
    return int(str(value))
