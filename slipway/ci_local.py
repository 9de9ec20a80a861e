"""Run jobs of `.gitlab-ci.yml` on this machine, as GitLab's runner would: `make ci-local JOB=lint`."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.pipeline.programs import ROOT
from slipway.pipeline.refusal import EXIT_REFUSED, RefusalError

LOCK = ROOT / "ci" / "package-lock.json"
# Debian and Ubuntu package names of what the client needs on this machine.
PROGRAMS = {"node": "nodejs", "npm": "npm", "rsync": "rsync", "git": "git"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the client with the arguments given and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="slipway.ci_local", description=__doc__, epilog="all arguments go to gitlab-ci-local: see its --help"
    )
    _, rest = parser.parse_known_args(arguments)
    try:
        client = installed(os.environ)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache(os.environ))}
    return subprocess.run(command(client, rest), cwd=ROOT, env=environment, check=False).returncode


def command(client: Path, arguments: Sequence[str]) -> list[str]:
    """Return the client's command line: jobs run in a shell of this machine, in the work tree as it is."""
    return [str(client), "--force-shell-executor", *arguments]


def cache(environ: Mapping[str, str]) -> Path:
    """Return the folder for caches: jobs share it with every other command on this machine."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def installed(environ: Mapping[str, str]) -> Path:
    """Return the path of the pinned client, installed on first use with every package's hash checked.

    Raises:
        RefusalError: when a program that it needs is missing, or the packages can't be had.
    """
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        raise RefusalError(
            what="programs that gitlab-ci-local needs are missing",
            value=", ".join(missing),
            where="this machine",
            next=f"apt-get install {' '.join(missing)}",
        )
    folder = cache(environ) / "slipway" / f"gitlab-ci-local-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    client = folder / "node_modules" / ".bin" / "gitlab-ci-local"
    if not client.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", LOCK.name):
            shutil.copy(LOCK.parent / name, folder)
        answer = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise RefusalError(
                what="gitlab-ci-local could not be installed",
                value=(answer.stderr.strip().splitlines() or ["no message"])[-1],
                where="npm's registry, or npm's settings",
                next=f"npm ci --prefix {folder}",
            )
    return client


if __name__ == "__main__":
    sys.exit(main())
