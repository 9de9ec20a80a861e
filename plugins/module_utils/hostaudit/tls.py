"""testssl.sh: protocols, ciphers, certificate and known holes of a site."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .packages import run

Tree = dict[str, object]

TIMEOUT_S = 600
SHOWN = 3
# What of testssl's many parts says something new; the listing of every cipher and the simulated browsers take longest.
PARTS = ("--protocols", "--std", "--server-preference", "--server-defaults", "--headers", "--vulnerable")


def audit(root: Path, folder: Path, name: str, roots: str) -> list[Tree]:
    """Scan https://name at the host itself and return the findings, each with `id`, `severity` and `finding`.

    Args:
        root: unpacked packages.
        folder: scratch.
        name: of the site, which Caddy knows.
        roots: PEM text of an authority to trust on top of the usual ones, or empty.
    """
    findings = folder / f"testssl-{name}.json"
    trust = folder / "roots.pem"
    trust.write_text(roots, encoding="ascii")
    flags = ["--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none", "--ip", "127.0.0.1"]
    flags += ["--jsonfile", str(findings)]
    resolver = root / "usr/bin/host"
    if not resolver.exists():
        # Without any program that asks the DNS testssl.sh ends at once, though it is told the address.
        resolver.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
        resolver.chmod(0o755)
    # Debian's script looks for its data where the package would be installed, and scans nothing without it.
    given = ["env", f"TESTSSL_INSTALL_DIR={root / 'etc/testssl'}", "bash", str(program(root))]
    command = [*given, *flags, *(["--add-ca", str(trust)] if roots else []), *PARTS, f"{name}:443"]
    try:
        run(command, folder, TIMEOUT_S, path=str(root / "usr/bin"))
    except subprocess.CalledProcessError:
        # The exit code counts findings; only without a report has the scan failed.
        if not findings.exists():
            raise
    return complete(findings.read_text(encoding="utf-8"))


class NoScanError(Exception):
    """The site could not be scanned to the end; the message is what testssl.sh said about it."""


def program(root: Path) -> Path:
    """Return the script of the unpacked package."""
    return root / "usr/bin/testssl"


def complete(report: str) -> list[Tree]:
    """Return the findings of a scan that came to its end, which testssl.sh tells by the time that it took.

    Raises:
        NoScanError: it was interrupted, or the site did not answer. That it found nothing then says nothing.
    """
    try:
        entries = json.loads(report)
    except ValueError as error:
        raise NoScanError(f"testssl.sh left no report: {error}") from error
    if not any(one["id"] == "scanTime" and one["severity"] == "INFO" for one in entries):
        last = "; ".join(f"{one['id']}: {one['finding']}" for one in entries[-SHOWN:]) or "nothing"
        raise NoScanError(f"testssl.sh did not come to its end, it said last: {last}")
    return parse(report)


def parse(report: str) -> list[Tree]:
    """Return the findings of testssl's flat JSON."""
    return [
        {"id": one["id"], "severity": one["severity"], "finding": one["finding"]}
        for one in json.loads(report)
        if one["severity"] not in {"OK", "INFO", "DEBUG"}
    ]
