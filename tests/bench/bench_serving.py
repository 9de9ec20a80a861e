"""What serving costs: the kit's Caddy and granian beside nginx and uWSGI, on one host, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.wheels import wheelhouse
from slipway.rig import Rig
from slipway.rig.host import Host
from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
TITLE = "Hello, world over TLS, 32 connections"
NAME = "bench-serving"
FIGURES = (
    Figure("rps", "requests through Caddy to granian", "1/s"),
    Figure("nginx_rps", "requests through nginx to uWSGI", "1/s"),
    # A floor, not an aim: the lookups that make a switch instant, headers and the access log cost half of Caddy's time.
    Figure("ratio", "Caddy + granian beside nginx + uWSGI", "times", at_least=0.1),
    Figure("rest_mib", "Caddy's memory at rest", "MiB"),
    Figure("loaded_mib", "Caddy's memory after the load", "MiB", at_most=160),
    Figure("granian_mib", "granian's memory, 2 workers of 4 threads", "MiB"),
    Figure("nginx_mib", "nginx and uWSGI's memory, the same workers", "MiB"),
)
FOLDER = Path(__file__).with_name("serving")
# What Strongbox's image runs: app/src/strongbox/serve.py.
GRANIAN = (
    "systemd-run --quiet --unit=bench-granian --working-directory=/opt/bench --setenv=PYTHONPATH=/opt/bench/libraries "
    "python3 -m granian --interface wsgi --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 4 "
    "--no-ws --log-level warning hello:application"
)
UWSGI = (
    "systemd-run --quiet --unit=bench-uwsgi --working-directory=/opt/bench uwsgi --plugin python3 --master "
    "--processes 2 --threads 4 --socket /run/uwsgi-bench.sock --chmod-socket=666 --module hello --disable-logging"
)
NGINX = "systemd-run --quiet --unit=bench-nginx nginx -c /opt/bench/nginx.conf -g 'daemon off;'"
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=app.test "
    "-keyout /opt/bench/tls.key -out /opt/bench/tls.crt"
)
PACKAGES = "nginx-light openssl uwsgi-core uwsgi-plugin-python3"
BLUE_PORT = 21000


def measure() -> Mapping[str, float]:
    """Serve the same app both ways and load each in turn."""
    Rig.remove(NAME)
    with Rig.up(NAME, {"web1": ["app.test"]}) as rig:
        host = rig.host("web1")
        rig.play("tests/bench/serving/front.yml", inventories=[]).check()
        install(host)
        rest = memory_mib(host, "caddy")
        load(rig, "https://app.test/", seconds=2)
        rps = load(rig, "https://app.test/")
        loaded, granian = memory_mib(host, "caddy"), memory_mib(host, "bench-granian")
        load(rig, "https://app.test:8443/", seconds=2)
        nginx_rps = load(rig, "https://app.test:8443/")
        nginx = memory_mib(host, "bench-nginx") + memory_mib(host, "bench-uwsgi")
    return {
        "rps": rps,
        "nginx_rps": nginx_rps,
        "ratio": rps / nginx_rps,
        "rest_mib": rest,
        "loaded_mib": loaded,
        "granian_mib": granian,
        "nginx_mib": nginx,
    }


def install(host: Host) -> None:
    """Start granian on the live slot's port, and nginx with uWSGI beside it."""
    wheels = [path for path in wheelhouse(ROOT / "app") if path.name.startswith(("granian-", "click-"))]
    host.put({f"/opt/bench/{path.name}": path.read_bytes() for path in wheels})
    host.put({f"/opt/bench/{name}": (FOLDER / name).read_text() for name in ("hello.py", "nginx.conf")})
    # As after a first release: Caddy writes an error for every request that finds no name of the live one.
    host.put({"/var/lib/slipway/apps/hello/live/blue.release": "0123456789ab"})
    for path in wheels:
        run(host, f"python3 -m zipfile -e /opt/bench/{path.name} /opt/bench/libraries")
    run(host, f"apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y {PACKAGES}")
    run(host, f"systemctl disable --now nginx; {CERTIFICATE}")
    run(host, f"{GRANIAN.format(port=BLUE_PORT)}; {UWSGI}; sleep 2; {NGINX}; sleep 1")


def run(host: Host, command: str) -> str:
    """Run a shell command on the host and return what it prints."""
    return host.exec(["sh", "-c", command], check=True).stdout


def load(rig: Rig, url: str, seconds: int = 5) -> float:
    """Return requests a second with all answers good."""
    said = rig.visitor.exec(["wrk", "-t2", "-c32", f"-d{seconds}s", url], check=True).stdout
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert found, said
    return float(found[1])


def memory_mib(host: Host, unit: str) -> float:
    """Return what the processes of a unit take, shared pages divided among those who share them."""
    pids = f"/sys/fs/cgroup/systemd$(systemctl show {unit}.service --property=ControlGroup --value)/cgroup.procs"
    pids_v2 = pids.replace("/systemd$", "$")
    script = f"for pid in $(cat {pids} 2>/dev/null || cat {pids_v2}); do cat /proc/$pid/smaps_rollup; done"
    return sum(int(kib) for kib in re.findall(r"^Pss:\s+(\d+) kB", run(host, script), re.MULTILINE)) / 1024
