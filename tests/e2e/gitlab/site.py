"""What a visitor and root see of the host that the jobs deploy to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from slipway.rig import Rig


def release_of(rig: Rig, domain: str) -> str:
    """Return the release that a visitor gets, over HTTPS."""
    answer = rig.visitor.curl(f"https://{domain}/", "--fail", "--dump-header", "-")
    headers = [line.partition(":") for line in answer.stdout.splitlines()]
    found = [value.strip() for name, _, value in headers if name.lower() == "x-release"]
    assert found, f"{domain} named no release: {answer.stdout}{answer.stderr}"
    return found[0]


def on_host(rig: Rig, *argv: str) -> str:
    """Return what a command prints over there."""
    return rig.host("web1").exec(list(argv), check=True).stdout


def running(rig: Rig, app: str) -> list[str]:
    """Return the containers of an app."""
    return on_host(rig, "docker", "ps", "--quiet", "--filter", f"label=org.slipway.app={app}").split()


def last_audit(rig: Rig) -> dict[str, object]:
    """Return the newest line of the audit trail."""
    line: dict[str, object] = json.loads(on_host(rig, "tail", "-n", "1", "/var/log/slipway/audit.jsonl"))
    return line


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Ask again and again; the deadline is for a machine that is busy with other tests."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s until {what}"
        time.sleep(0.2)
