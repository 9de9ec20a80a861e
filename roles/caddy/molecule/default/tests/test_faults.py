"""What visitors notice when Caddy is restarted, replaced, killed, misconfigured or attacked: next to nothing."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from testinfra.host import Host

from slipway.rig import Rig
from slipway.rig.visitor import Visitor
from tests.load import Load

URL = "https://app.test/"
# Requests a second: what the generator bears beside other tests; `make bench` has 200.
RATE = 50
CONVERGE = "roles/caddy/molecule/default/converge.yml"
HEADER_TIMEOUT_MS = 10_000  # caddy_read_header_timeout_seconds
CERTIFICATE = "/var/lib/caddy/certificates/*/app.test/app.test.crt"
# Open 500 connections, send a header line of a request on each every second, never finish.
SLOWLORIS = """
import socket, ssl, time
context = ssl.create_default_context()
connections = []
for number in range(500):
    plain = socket.create_connection(("app.test", 443))
    connections.append(context.wrap_socket(plain, server_hostname="app.test"))
    connections[-1].sendall(b"GET / HTTP/1.1\\r\\nHost: app.test\\r\\n")
print("open", flush=True)
dropped = {}
for second in range(14):
    for number, connection in enumerate(connections):
        try:
            connection.sendall(b"X-Slow: 1\\r\\n")
        except OSError:
            dropped.setdefault(number, time.time())
    time.sleep(1)
print("dropped", len(dropped), "since", min(dropped.values(), default=0))
"""
# On connections that are open, ask while Caddy may open no file descriptors, as in its last moments; show who answered.
LAST_REQUESTS = """
import http.client, json, socket, ssl, subprocess, time
def prlimit(*options):
    pid = subprocess.check_output(["systemctl", "show", "-P", "MainPID", "caddy"], text=True).strip()
    return subprocess.check_output(["runuser", "-u", "caddy", "--", "prlimit", "--pid", pid, *options], text=True)
context = ssl._create_unverified_context()
connections = [http.client.HTTPSConnection("app.test") for _ in range(8)]
for connection in connections:
    connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", 443)), server_hostname="app.test")
    connection.request("GET", "/")
    connection.getresponse().read()
time.sleep(1.5)  # Caddy's own connections to the slots are closed by then
most = prlimit("--nofile", "--output", "HARD", "--noheadings", "--raw").strip()
prlimit("--nofile=0:")
for connection in connections:
    connection.request("POST", "/", b"a=b")
time.sleep(0.5)
prlimit(f"--nofile={most}:")
answers = [connection.getresponse() for connection in connections]
print(json.dumps([[answer.status, json.loads(answer.read())] for answer in answers]))
"""

# Ask again and again while Caddy reloads, and show what the answers said of their connection.
DURING_A_RELOAD = """
import http.client, ssl, subprocess
context = ssl._create_unverified_context()
reload = subprocess.Popen(["systemctl", "reload", "caddy.service"])
while reload.poll() is None:
    connection = http.client.HTTPSConnection("app.test", context=context)
    connection.request("GET", "/")
    answer = connection.getresponse()
    print(answer.status, answer.headers["Connection"])
    connection.close()
"""


def restart_twice(host: Host) -> list[tuple[float, float]]:
    """Return when each restart began and had ended, in seconds since the epoch."""
    moments = []
    for _ in range(2):
        time.sleep(0.5)
        began = time.time()
        host.check_output("systemctl restart caddy.service")
        moments.append((began, time.time()))
    return moments


@pytest.mark.parametrize("new_connections", [True, False], ids=["new connections", "keep-alive"])
def test_a_restart_under_load(visitor: Visitor, host: Host, new_connections: bool) -> None:
    with Load(visitor, URL, rate=RATE, seconds=8, new_connections=new_connections) as load:
        moments = restart_twice(host)
    print(load.report)
    assert load.report.sent == RATE * 8
    assert load.report.unexcused(*moments) == [], (moments, load.report)


def test_the_last_requests_of_a_caddy_that_leaves_go_to_the_live_slot(host: Host) -> None:
    answers = json.loads(host.check_output("python3 -c %s", LAST_REQUESTS))
    assert {(status, told["port"], told["body"]) for status, told in answers} == {(200, 21000, 3)}


def test_a_restart_under_load_of_http_2(visitor: Visitor, host: Host) -> None:
    said = "%{http_code} %{http_version} %{num_connects}\\n"
    one = f"curl -s --http2 --rate 15/s -o /dev/null -w '{said}' 'https://app.test/?n=[1-120]'"
    with ThreadPoolExecutor(1) as pool:
        visits = pool.submit(visitor.exec, ["sh", "-c", f"for client in 1 2 3 4; do {one} & done; wait"])
        restart_twice(host)
    seen = Counter(visits.result().stdout.splitlines())
    print(seen)
    assert seen.total() == 480
    lost = [each for each in seen if not each.startswith("200 2 ")]
    # Only a connection that is reused in the instant of a restart may be lost: no new one, no answer cut in the middle.
    assert [each for each in lost if not (each.startswith("000 ") and each.endswith(" 0"))] == [], seen


def test_a_reload_asks_visitors_to_connect_anew(host: Host) -> None:
    answers = set(host.check_output("python3 -c %s", DURING_A_RELOAD).splitlines())
    assert "200 close" in answers
    assert answers <= {"200 close", "200 None"}
    assert not host.file("/run/caddy/leaving").exists


def test_http_3_recovers_by_itself(visitor: Visitor, host: Host) -> None:
    host.check_output("systemctl restart caddy.service")
    assert visitor.curl(URL, "--http3-only", "--fail").returncode == 0


def test_an_upgrade_of_the_program_under_load(visitor: Visitor, host: Host, rig: Rig) -> None:
    # Another program by its hash, the same by what it does: bytes behind the end of an ELF file are never read.
    host.check_output("cp /usr/local/bin/caddy /usr/local/bin/caddy.other && echo >> /usr/local/bin/caddy.other")
    host.check_output("mv /usr/local/bin/caddy.other /usr/local/bin/caddy && systemctl restart caddy.service")
    before = host.check_output("systemctl show caddy.service --property=MainPID")
    with Load(visitor, URL, rate=RATE, seconds=25) as load:
        began = time.time()
        played = rig.play(CONVERGE, inventories=[]).check()
        ended = time.time()
    print(load.report)
    assert played.changed > 0
    assert host.check_output("systemctl show caddy.service --property=MainPID") != before
    assert load.report.unexcused((began, ended)) == [], load.report


def kill(host: Host) -> float:
    """Kill Caddy; returns when it was gone, in seconds since the epoch."""
    gone = "while [ -e /proc/$pid/fd/0 ]; do :; done; date +%s.%N"
    wait = "until pid=$(systemctl show -P MainPID caddy.service) && [ $pid -gt 0 ]; do sleep 0.1; done"
    return float(host.check_output(f"{wait}; kill -KILL $pid; {gone}"))


# Z-09, T-08
@pytest.mark.parametrize("new_connections", [True, False], ids=["new connections", "keep-alive"])
def test_a_killed_caddy_takes_only_its_own_connections_along(
    visitor: Visitor, host: Host, new_connections: bool
) -> None:
    serial = host.check_output(f"openssl x509 -noout -serial -in {CERTIFICATE}")
    since = host.check_output("date '+%F %T'")
    for _ in range(2):
        with Load(visitor, URL, rate=2 * RATE, seconds=4, new_connections=new_connections) as load:
            time.sleep(1.5)
            gone = kill(host)
        print(load.report)
        # Whoever comes later waits in the socket for the next Caddy and gets an answer, a good one.
        assert set(load.report.statuses) == {"200"}, load.report
        assert load.report.sent == load.report.statuses["200"] + len(load.report.broken), "all ended in time"
        # A request that got none was on a connection of the dead one, however many those were on this machine.
        assert [moment for moment in load.report.broken if moment > gone] == [], (load.report, gone)
    assert host.check_output(f"openssl x509 -noout -serial -in {CERTIFICATE}") == serial
    assert "obtaining certificate" not in host.check_output(f"journalctl -u caddy -o cat --since '{since}'")


# T-09, Z-10
def test_a_configuration_that_caddy_refuses_leaves_the_old_one_serving(visitor: Visitor, host: Host) -> None:
    host.check_output("mkdir -p /etc/caddy/conf.d && echo nonsense { > /etc/caddy/conf.d/bad.caddy")
    with Load(visitor, URL, rate=100, seconds=3) as load:
        reloaded = host.run("systemctl reload caddy.service")
    host.check_output("rm /etc/caddy/conf.d/bad.caddy")
    assert reloaded.rc != 0
    assert load.report.failed == 0, load.report
    host.check_output("systemctl reload caddy.service")


# T-09, Z-10
def test_the_role_refuses_what_caddy_refuses_and_changes_nothing(visitor: Visitor, host: Host, rig: Rig) -> None:
    before = host.check_output("cat /etc/caddy/Caddyfile | sha256sum")
    played = rig.play(CONVERGE, "-e", '{"caddy_global_options": ["no_such_option"]}', inventories=[])
    assert played.rc != 0
    assert "unrecognized global option: no_such_option" in played.stdout
    assert "/etc/caddy was left as it was" in played.stdout
    assert host.check_output("cat /etc/caddy/Caddyfile | sha256sum") == before
    assert visitor.curl(URL, "--fail").returncode == 0


def test_an_interrupted_change_is_finished_by_the_next_run(host: Host, rig: Rig) -> None:
    host.check_output("touch /etc/caddy/.activation-pending")
    assert rig.play(CONVERGE, inventories=[]).check().changed == 1
    assert not host.file("/etc/caddy/.activation-pending").exists
    assert rig.play(CONVERGE, inventories=[]).check().changed == 0


# T-10, Z-41
def test_500_slow_clients_do_not_stop_the_others(visitor: Visitor) -> None:
    visitor.put({"/tmp/slowloris.py": SLOWLORIS})
    attack = "ulimit -n 4096; python3 /tmp/slowloris.py > /tmp/slowloris.log 2>&1 &"
    visitor.exec(["sh", "-c", attack], check=True)
    deadline = time.monotonic() + 30
    while "open" not in visitor.exec(["cat", "/tmp/slowloris.log"]).stdout and time.monotonic() < deadline:
        time.sleep(0.2)
    with Load(visitor, URL, rate=20, seconds=6, new_connections=True) as load:
        pass
    print(load.report)
    assert load.report.failed == 0, load.report
    assert load.report.worst_ms < HEADER_TIMEOUT_MS, load.report
    deadline = time.monotonic() + 30
    while "dropped" not in (said := visitor.exec(["cat", "/tmp/slowloris.log"]).stdout) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert "dropped 500" in said, said
    # Nobody waited until the slow ones were dropped.
    assert min(load.report.first_seen.values()) < float(said.split()[-1]), (load.report.first_seen, said)
