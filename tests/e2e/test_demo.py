"""`make demo`, whole: from a bare host to the page over HTTPS, seen from outside; then again; then gone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from slipway.demo.run import HOST, url
from slipway.places import KIT
from slipway.rig import Rig, RigError
from slipway.rig.play import environment

NAME = "e2e-demo"
OPEN = re.compile(r"^(\d+)/tcp +open ", re.MULTILINE)
pytestmark = pytest.mark.rig


def demo(verb: str) -> subprocess.CompletedProcess[str]:
    """Run the demo's command line."""
    command = [sys.executable, "-m", "slipway", verb, "--name", NAME]
    return subprocess.run(command, cwd=KIT, env=environment(), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def first() -> Iterator[subprocess.CompletedProcess[str]]:
    """Yield the first run, on a bare host."""
    Rig.remove(NAME)
    yield demo("demo")
    Rig.remove(NAME)


@pytest.fixture(scope="module")
def living(first: subprocess.CompletedProcess[str]) -> Rig:
    """Return the demo's rig after the first run."""
    assert first.returncode == 0, first.stdout + first.stderr
    return Rig.load(NAME)


def scan(rig: Rig, address: str | None, *options: str) -> list[int]:
    """Return the open TCP ports that the visitor finds."""
    assert address
    family = ["-6"] if ":" in address else []
    quick = ["--min-rate", "5000", "--max-retries", "2"]
    found = rig.visitor.exec(["nmap", *family, "-Pn", "-n", *quick, *options, address], check=True).stdout
    return [int(port) for port in OPEN.findall(found)]


def test_a_bare_host_ends_with_the_page_over_https(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{url()} answers 200" in first.stdout
    assert "Certificate by Pebble Intermediate CA" in first.stdout
    assert re.search(r"Bare host to first HTTPS 200: \d+\.\d s", first.stdout)
    assert "slipway demo-down" in first.stdout


def test_no_line_is_longer_than_a_terminal_is_wide(first: subprocess.CompletedProcess[str]) -> None:
    progress = first.stdout.partition("answers 200")[0].splitlines()
    assert not [line for line in progress if len(line) > 80]


def test_without_the_test_root_the_certificate_is_refused(living: Rig) -> None:
    assert living.visitor.curl(url(), "--cacert", "/dev/null").returncode in {60, 77}


def test_http3_answers(living: Rig) -> None:
    answer = living.visitor.curl(url(), "--http3-only", "--output", "/dev/null", "--write-out", "%{http_code}")
    assert answer.stdout == "200", answer.stderr


@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_nothing_but_ssh_http_and_https_answers(living: Rig, family: str) -> None:
    host = living.host(HOST)
    assert scan(living, host.address if family == "IPv4" else host.address6, "-p-") == [22, 80, 443]


def test_a_generated_password_is_in_no_file_log_or_process_afterwards(living: Rig) -> None:  # R3.2
    asked = ["--json", "{}", "--fail", "--header", "User-Agent: canary-visitor"]
    made = [json.loads(living.visitor.curl(f"{url()}api/v1/passwords", *asked).stdout)["password"] for _ in range(3)]
    host = living.host(HOST)
    host.put({"/root/made": "\n".join(made), "/root/seen": "canary-visitor"}, mode=0o600)
    places = (
        "cat $(find /var/log /var/lib/slipway /tmp /var/tmp -type f); journalctl --no-pager; "
        "for one in $(docker ps -aq); do docker logs $one; docker inspect $one; done; "
        "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline"
    )
    # The visitor's own name, which Caddy does log, shows that the search finds what is there.
    count = [f"( {places} ) 2>/dev/null | grep -acFf {patterns}" for patterns in ("/root/made", "/root/seen")]
    found = host.exec(["sh", "-c", "; ".join(count)]).stdout.split()
    assert found[0] == "0"
    assert int(found[1]) >= len(made)


def slipway(living: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb on the demo's environment."""
    places = [f"--inventory={place}" for place in (KIT / "inventories/demo", living.inventory)]
    command = [sys.executable, "-m", "slipway", words[0], *places, *words[1:]]
    return subprocess.run(command, cwd=KIT, env=environment(), capture_output=True, text=True, check=False)


def test_its_keys_are_renewed_by_a_timer(living: Rig) -> None:
    ran = slipway(living, "jobs", "--job", "rotate-keys")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "keys rotated, 0 failed" in ran.stdout
    listed = slipway(living, "jobs").stdout
    assert re.search(r"rotate-keys +\*-\*-\* 03:20 +in \d+ \w+ .* ok$", listed, re.MULTILINE), listed


def test_a_command_of_its_own_runs_beside_the_app(living: Rig) -> None:
    ran = slipway(living, "run", "--", "flask", "keys", "rotate", "--older-than", "1d")
    assert (ran.returncode, "keys rotated, 0 failed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_the_second_run_changes_nothing_and_says_so(living: Rig) -> None:
    again = demo("demo")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing had to change." in again.stdout
    assert "Converged the living host" in again.stdout
    assert living.running


def test_down_leaves_nothing(living: Rig) -> None:
    assert demo("demo-down").returncode == 0
    assert not living.folder.exists()
    with pytest.raises(RigError, match=f"No rig {NAME} is up"):
        Rig.load(NAME)
