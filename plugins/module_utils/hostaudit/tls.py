"""testssl.sh: protocols, ciphers, certificate and known holes of a site."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .packages import run

Tree = dict[str, object]

TIMEOUT_S = 600
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
    flags = ["--quiet", "--color", "0", "--warnings", "batch", "--ip", "127.0.0.1", "--jsonfile", str(findings)]
    command = ["bash", str(program(root)), *flags, *(["--add-ca", str(trust)] if roots else []), *PARTS, f"{name}:443"]
    try:
        run(command, folder, TIMEOUT_S, path=str(root / "usr/bin"))
    except subprocess.CalledProcessError:
        # The exit code counts findings; only without a report has the scan failed.
        if not findings.exists():
            raise
    return parse(findings.read_text(encoding="utf-8"))


def program(root: Path) -> Path:
    """Return the script of the unpacked package."""
    return root / "usr/bin/testssl"


def parse(report: str) -> list[Tree]:
    """Return the findings of testssl's flat JSON."""
    return [
        {"id": one["id"], "severity": one["severity"], "finding": one["finding"]}
        for one in json.loads(report)
        if one["severity"] not in {"OK", "INFO", "DEBUG"}
    ]
