#!/usr/bin/python3
"""While a public name has no certificate, ask its authority, and let Caddy try again as soon as it answers.

Caddy by itself waits longer after each failure, up to hours. Runs from the start or reload of Caddy until each name in
/etc/caddy/certificates.json has a certificate, and tells the journal what is missing and why. Exit code: 0.
"""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

WANTED = Path("/etc/caddy/certificates.json")
ISSUED = Path("/var/lib/caddy/certificates")
# A first certificate takes Caddy less than this as a rule.
PAUSE_S = 15
TIMEOUT_S = 10
ADMIN = "unix//run/caddy/admin.sock"
TRY_AGAIN = ["/usr/local/bin/caddy", "reload", "--force", "--config", "/etc/caddy/Caddyfile", "--address", ADMIN]


def missing(names: list[str]) -> list[str]:
    """Return the names that no authority has issued a certificate for; Caddy's own is none."""
    issuers = [folder for folder in ISSUED.glob("*") if folder.name != "local"]
    return [name for name in names if not any((folder / name / f"{name}.crt").exists() for folder in issuers)]


def trouble(directory: str, root: str) -> str:
    """Return why the authority does not answer, empty when it does."""
    try:
        context = ssl.create_default_context(cafile=str(WANTED.parent / root) if root else None)
        with urllib.request.urlopen(directory, timeout=TIMEOUT_S, context=context) as answer:  # noqa: S310 - preflight wants https
            answer.read(1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    return ""


def main() -> None:
    """Look again and again until nothing is missing."""
    wanted = json.loads(WANTED.read_text())
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    asked, said = False, ""
    while missing(wanted["names"]):
        time.sleep(PAUSE_S)
        names = missing(wanted["names"])
        if not names:
            return
        problem = trouble(wanted["directory"], wanted["root"])
        if problem:
            told, asked = (
                f"{wanted['directory']} does not answer: {problem}; it is asked again every {PAUSE_S} s",
                False,
            )
        elif asked:
            told = f"{wanted['directory']} answers; why it issues none is in `journalctl -u caddy -g obtain`"
        else:
            # Once for each time it was away: what it refuses, it is not asked for again and again.
            done = subprocess.run(TRY_AGAIN, check=False, capture_output=True, text=True)
            asked = done.returncode == 0
            told = f"{wanted['directory']} answers, Caddy tries again now" if asked else done.stderr.strip()
        # `make status`, `verify` and `doctor` read the last of these lines.
        told = f"{', '.join(names)}: none since {since}; {told}"
        if told != said:
            print(told, flush=True)
            said = told


if __name__ == "__main__":
    main()
