"""Every container of the host, whoever made it, against the checks of Docker Bench that apply; and where secrets are not."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from ansible_collections.slipway.kit.plugins.module_utils.hostreport import containers as hostreport
from ansible_collections.slipway.kit.plugins.plugin_utils.audit import containers as checks

# What each container has that gives away the host, and the checks of the audit that must say so.
BAD = {
    "bad-root": ("--user 0:0 --no-healthcheck --network host --cap-add SYS_ADMIN", {"4.1", "4.6", "5.10", "5.4a"}),
    "bad-spaces": ("--pid host --uts host --ipc host --cgroupns host", {"5.16", "5.20", "5.17", "5.24"}),
    "bad-options": (
        "--security-opt seccomp:unconfined --security-opt no-new-privileges:false --security-opt systempaths=unconfined",
        {"5.21", "5.25", "5.21a"},
    ),
    "bad-parent": (
        "-v /var/run/../run/:/r:ro --restart always --log-driver json-file",
        {"5.6", "5.31", "5.15", "2.13a"},
    ),
    "bad-link": ("-v /srv/link:/x:ro", {"5.6"}),
    "bad-volume": ("-v rooted:/y", {"5.6"}),
    "bad-device": ("--device /dev/null", {"5.18"}),
    "bad-port": ("-p 0.0.0.0:8099:8099", {"5.14", "5.29"}),
}
FORBIDDEN_MOUNTS = {
    "/",
    "/etc",
    "/proc",
    "/sys",
    "/usr",
    "/boot",
    "/dev",
    "/root",
    "/run",
    "/var/run/docker.sock",
    "/run/docker.sock",
}
TOKEN = "/etc/slipway/secrets/tiny/token"
# The pattern comes from the file, so that the search does not find itself.
SEARCH = f"grep --files-with-matches --no-messages --text --fixed-strings --file={TOKEN}"


@pytest.fixture(scope="module")
def containers(host: Host) -> list[dict[str, Any]]:
    inspected: list[dict[str, Any]] = json.loads(host.check_output("docker inspect $(docker ps --quiet)"))
    assert inspected
    return inspected


def test_no_container_shares_the_hosts_namespaces_or_devices(containers: list[dict[str, Any]]) -> None:  # C-03
    for container in containers:
        config = container["HostConfig"]
        shared = {
            config[kind] for kind in ("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode")
        }
        assert "host" not in shared, container["Name"]
        assert not config["Devices"], container["Name"]


def test_no_container_sees_the_host_or_the_engine(containers: list[dict[str, Any]]) -> None:  # C-03
    for container in containers:
        assert not {mount["Source"] for mount in container["Mounts"]} & FORBIDDEN_MOUNTS, container["Name"]


def test_no_container_is_unconfined(containers: list[dict[str, Any]]) -> None:  # C-05
    for container in containers:
        options = container["HostConfig"]["SecurityOpt"]
        assert not [option for option in options if option.endswith("unconfined")], container["Name"]
        assert container["HostConfig"]["Memory"] > 0
        assert container["HostConfig"]["PidsLimit"] > 0


def test_the_audit_finds_what_gives_away_the_host(host: Host) -> None:  # C-03 I-06
    report = Path(hostreport.__file__).read_text(encoding="utf-8")
    make = ["ln -sfn /etc /srv/link", "docker volume create -o type=none -o o=bind -o device=/root rooted"]
    make += [
        f"docker create --name {name} {words} $(docker images --quiet | head -n 1)" for name, (words, _) in BAD.items()
    ]
    try:
        host.run_expect([0], " && ".join(make))
        told = host.check_output("python3 -c %s", f"{report}\nprint(json.dumps(read()['containers']))")
    finally:
        host.run(f"docker rm {shlex.join(BAD)}; docker volume rm rooted; rm -f /srv/link")
    failures = checks.audit(json.loads(told), {})[2]
    for name, (_, expected) in BAD.items():
        found = {one["id"] for one in failures if one["finding"].startswith(f"container {name}:")}
        assert expected <= found, (name, expected - found)
    # The image of this scenario has no health check; everything else of the kit's own container is as it should be.
    assert {one["id"] for one in failures if one["finding"].startswith("container tiny-")} == {"4.6"}, failures


def test_every_publication_is_on_loopback(containers: list[dict[str, Any]]) -> None:  # F-03
    for container in containers:
        bound = [binding["HostIp"] for ports in container["HostConfig"]["PortBindings"].values() for binding in ports]
        assert bound, container["Name"]
        assert set(bound) <= {"127.0.0.1", "::1"}, container["Name"]


def test_every_app_has_a_network_of_its_own(containers: list[dict[str, Any]]) -> None:
    for container in containers:
        assert "bridge" not in container["NetworkSettings"]["Networks"], container["Name"]


def test_a_process_inside_has_no_capability_and_no_way_to_gain_one(  # C-02 C-05
    host: Host, containers: list[dict[str, Any]]
) -> None:
    for container in containers:
        status = host.check_output("cat /proc/%s/status", str(container["State"]["Pid"]))
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert {facts["CapEff"], facts["CapBnd"]} == {"0" * 16}
        assert (facts["NoNewPrivs"].strip(), facts["Seccomp"].strip()) == ("1", "2")


def test_an_app_stops_when_it_is_told_to(host: Host, containers: list[dict[str, Any]]) -> None:  # C-10
    name = containers[0]["Name"].lstrip("/")
    host.check_output("docker stop %s", name)
    assert host.check_output("docker inspect --format '{{.State.ExitCode}}' %s", name) in {"0", "143"}
    host.check_output("docker start %s", name)


@pytest.mark.parametrize(
    "places",
    [
        "/proc/[0-9]*/environ /proc/[0-9]*/cmdline",
        "--recursive /var/log /etc/systemd /var/lib/slipway /tmp /root",
    ],
)
def test_a_secret_is_not_lying_about(host: Host, places: str) -> None:
    # The search finds the one place where it is, and so would find another.
    assert host.run(f"{SEARCH} {places} {TOKEN}").stdout.split() == [TOKEN]


@pytest.mark.parametrize(
    "output",
    [
        "docker inspect $(docker ps --all --quiet) $(docker images --quiet)",
        "docker ps --all --quiet | xargs --max-args=1 docker logs 2>&1",
        "docker images --quiet | xargs --max-args=1 docker history --no-trunc",
        "docker images --quiet | xargs docker save",
        "journalctl --no-pager",
    ],
)
def test_a_secret_is_not_told_by_the_engine_or_the_journal(host: Host, output: str) -> None:  # C-09
    # Said behind it, the secret is found, and only there.
    found = host.run(f"bash -c 'set -o pipefail; ({output}; cat {TOKEN}) | grep --count --text --fixed-strings --file={TOKEN}'")
    assert (found.rc, found.stdout.strip()) == (0, "1"), found
    assert int(host.check_output(f"bash -c 'set -o pipefail; {output} | wc --bytes'")) > 0
