"""Run jobs of `.gitlab-ci.yml` on this machine, as GitLab's runner would: `slipway ci-local lint`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.places import KIT

LOCK = KIT / "ci" / "package-lock.json"
# Debian and Ubuntu package names of what the client needs on this machine.
PROGRAMS = {"node": "nodejs", "npm": "npm", "rsync": "rsync", "git": "git"}


def run(job: Sequence[str], more: Sequence[str]) -> int:
    """Run the client and return its exit code.

    Args:
        job: the job's name, or `--list`.
        more: further words for the client.

    Raises:
        RefusalError: the client can't be installed.
    """
    client = installed(os.environ)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache(os.environ))}
    line = command(client, [*job, *more])
    return subprocess.run(line, cwd=KIT, env=environment, check=False).returncode


def command(client: Path, arguments: Sequence[str]) -> list[str]:
    """Return the client's command line: jobs run in a shell of this machine, in the work tree as it is."""
    return [str(client), "--force-shell-executor", *arguments]


def cache(environ: Mapping[str, str]) -> Path:
    """Return the folder for caches: jobs share it with every other command on this machine."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def installed(environ: Mapping[str, str]) -> Path:
    """Return the path of the pinned client, installed on first use with every package's hash checked.

    Raises:
        RefusalError: when a program that it needs is missing, or the packages isn't available.
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
