"""What the role leaves on a host: a confined look by timer that stays in nobody's memory and tells what it sees."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from tests import sink

OPTIMUM = 4.0
MOST_MIB = 40
MOST_CPU_S = 0.4


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/etc/slipway/watch", 0o700),
        ("/etc/slipway/watch.json", 0o400),
        ("/var/lib/slipway/watch", 0o700),
        ("/usr/local/lib/slipway/slipway.pyz", 0o644),
    ],
)
def test_root_alone_writes_it_and_reads_its_secrets(host: Host, path: str, mode: int) -> None:
    file = host.file(path)
    assert (file.mode, file.user, file.group) == (mode, "root", "root")


def test_the_timer_runs_now_and_at_boot(host: Host) -> None:
    timer = host.service("slipway-watch.timer")
    assert timer.is_running
    assert timer.is_enabled
    assert "TimersMonotonic={ OnUnitActiveUSec=30s" in host.check_output("systemctl show slipway-watch.timer")


# I-06
def test_the_service_is_confined(host: Host) -> None:
    told = host.check_output("systemd-analyze security --no-pager slipway-watch.service")
    assert float(told.rpartition(": ")[2].split()[0]) <= OPTIMUM, told


def look(host: Host) -> dict[str, Any]:
    """Let the host look once more and return what it remembers."""
    host.check_output("systemctl start slipway-watch.service")
    told: dict[str, Any] = json.loads(host.check_output("cat /var/lib/slipway/watch/state.json"))
    return told


def test_a_look_sees_every_topic_with_the_rights_that_it_has(host: Host) -> None:
    codes = {trouble["code"] for trouble in look(host)["troubles"].values()}
    # A bare host has neither Caddy nor Docker.
    assert {"CADDY_DOWN", "ENGINE_DOWN", "FIREWALL_OFF"} <= codes
    assert "LOOK_FAILED" not in codes
    listeners = [one for one in codes if one == "SOCKET_UNDECLARED"]
    assert listeners == []


def test_what_waited_arrives_when_somebody_listens(host: Host) -> None:
    look(host)
    assert look(host)["letters"], "nobody listens yet"
    host.check_output(f"cat > /root/sink.py <<'EOF'\n{Path(sink.__file__).read_text()}\nEOF")
    host.check_output("systemd-run --quiet --unit=sink python3 /root/sink.py 8025 /root/got")
    until = time.monotonic() + 20
    while host.run("curl -s -o /dev/null http://127.0.0.1:8025/up || ss -Hltn sport = :8025 | grep -q .").rc:
        assert time.monotonic() < until
    assert look(host)["letters"] == []
    got = [json.loads(line) for line in host.check_output("cat /root/got").splitlines()]
    [letter] = [json.loads(each["body"]) for each in got if each["path"] == "/a-secret"]
    assert "CADDY_DOWN" in letter["title"]
    assert [each["path"] for each in got if each["path"] == "/beat"]


def test_a_look_costs_little_and_leaves_nothing(host: Host) -> None:
    look(host)
    command = (
        "import resource, subprocess, sys; subprocess.run([sys.executable, '-I', '/usr/local/lib/slipway/slipway.pyz',"
        " 'watch'], check=True, stdout=subprocess.DEVNULL); used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        " print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    runs = [host.check_output(f'python3 -c "{command}"').split() for _ in range(3)]
    cpu_s, peak_mib = min(float(run[0]) for run in runs), max(float(run[1]) for run in runs)
    print(f"a look: {cpu_s:.2f} s CPU, {peak_mib:.0f} MiB")
    assert cpu_s < MOST_CPU_S
    assert peak_mib < MOST_MIB
    assert host.run("pgrep -f slipway.pyz").rc == 1
