"""Whatever happens to a host in the middle of a deploy: one release serves, and the next deploy cleans up."""

from __future__ import annotations

import json
import time

from tests.release.target import Target
from tests.release.under_way import healthy_again, in_background, wait_for_step, waiting


def test_docker_restarted_in_the_middle_costs_no_request(target: Target) -> None:  # Z-07
    with target.visitors() as seen:
        order = waiting(target)
        thread, _ = in_background(target, order)
        wait_for_step(target, "gate")
        target.host.exec(["systemctl", "restart", "docker"], check=True)
        target.let_go_on(order)
        thread.join()
        healthy_again(target)
    assert seen.failures == 0, seen.report


def test_caddy_restarted_in_the_middle_disturbs_neither_the_deploy_nor_new_visitors(target: Target) -> None:
    before, order = target.live(), waiting(target)
    with target.visitors(clients=10, fresh=5, slow=1, streams=0) as seen:
        thread, answers = in_background(target, order)
        wait_for_step(target, "gate")
        began = time.time()
        target.host.exec(["systemctl", "restart", "caddy"], check=True)
        ended = time.time()
        target.let_go_on(order)
        thread.join()
    assert not answers[0].get("failed"), answers
    # A Caddy that leaves opens no files any more, so that its last answers name no release.
    assert [each for each in seen.releases if each] == [before, answers[0]["release"]], seen.report
    # A connection that is being reused in the instant of the restart may be lost; a new or a busy one never.
    assert seen.unexcused(began, ended) == [], seen.report


def test_a_reboot_in_the_middle_comes_up_on_the_old_release(target: Target) -> None:  # Z-08
    before = target.live()
    thread, _ = in_background(target, waiting(target))
    wait_for_step(target, "gate")
    target.host.kill()
    target.host.start()
    target.host.wait()
    thread.join()
    deadline = time.monotonic() + 300
    while target.live() != before and time.monotonic() < deadline:
        time.sleep(0.5)
    assert target.live() == before
    assert len(target.running()) == 1, "an untried release does not start by itself"
    assert data_options(target) >= CONFINED, "the data folder was mounted before the engine started"
    healthy_again(target)


# The engine dies while a container starts, as in a crash of the host: its address and port are stored, the container
# never was. A runtime that waits for ever makes the moment last.
STALE_PORT = """
set -eu
printf '#!/bin/sh\\ncase " $* " in *" create "*) touch /run/creating; sleep 600;; esac\\nexec runc "$@"\\n' >/opt/waits
chmod 755 /opt/waits
cp /etc/docker/daemon.json /run/daemon.json
python3 - <<'EOF'
import json
settings = json.load(open("/run/daemon.json")) | {"runtimes": {"waits": {"path": "/opt/waits"}}}
json.dump(settings, open("/etc/docker/daemon.json", "w"))
EOF
systemctl reload docker
timeout 20 sh -c 'until docker info | grep -q waits; do sleep 0.1; done'
docker create --name stale --runtime waits --network $1 --publish 127.0.0.1:$2:8000 $3
docker start stale >/run/start.log 2>&1 &
timeout 20 sh -c "until [ -e /run/creating ]; do sleep 0.1; done" || { cat /run/start.log; exit 1; }
systemctl reset-failed docker
systemctl kill --signal KILL docker
pkill -KILL -x waits
mv /run/daemon.json /etc/docker/daemon.json
rm /run/creating
timeout 60 sh -c 'until docker info >/dev/null 2>&1; do sleep 0.2; done'
docker rm --force stale
"""


def test_a_port_that_a_crash_left_allocated_is_freed_and_no_request_fails(target: Target) -> None:
    [live] = target.running()
    image = json.loads(target.docker("inspect", live))[0]["Image"]
    idle = "blue" if live.endswith("green") else "green"
    port = str(target.order()["app"]["slots"][idle]["port"])
    with target.visitors(slow=0, streams=0) as seen:
        target.host.exec(["sh", "-c", STALE_PORT, "sh", f"{live}_default", port, image], check=True)
        taken = target.host.exec(["docker", "run", "--rm", "--publish", f"127.0.0.1:{port}:8000", image])
        healed = target.deploy()
        again = target.deploy()
    assert "port is already allocated" in taken.stderr, "without it this test proves nothing"
    assert not healed.get("failed"), healed
    assert f"restarted the engine, containers went on: it held port {port} " in healed["msg"]
    assert "restarted" not in again["msg"], again
    assert (seen.failures, target.live()) == (0, again["release"]), seen.report


def test_somebody_elses_process_on_the_idle_slots_port_is_named(target: Target) -> None:
    before, [live] = target.live(), target.running()
    idle = "blue" if live.endswith("green") else "green"
    port = str(target.order()["app"]["slots"][idle]["port"])
    server = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
    start = f'setsid setpriv --reuid nobody --clear-groups python3 -c "{server}" >/dev/null 2>&1 & echo $!'
    pid = target.host.exec(["sh", "-c", start], check=True).stdout.strip()
    target.host.exec(["timeout", "20", "sh", "-c", f"until ss -Hltn | grep -q :{port}; do sleep 0.1; done"], check=True)
    try:
        with target.visitors(slow=0, streams=0) as seen:
            answer = target.deploy()
    finally:
        target.host.exec(["kill", pid], check=True)
    assert answer["code"] == "docker", answer
    assert f"Port {port} on 127.0.0.1 is taken: python3 (process {pid}, user nobody) listens on it." in answer["msg"]
    assert f"Next: `kill {pid}` on the host, or set loopback_port of the app" in answer["msg"]
    assert (seen.failures, target.live()) == (0, before), seen.report
    healthy_again(target)


CONFINED = {"rw", "nosuid", "nodev", "noexec"}


def data_options(target: Target) -> set[str]:
    """Return the options of the data folder's mount in the container that runs."""
    [name] = target.running()
    mounts = target.docker("exec", name, "cat", "/proc/self/mountinfo").splitlines()
    return {option for line in mounts if line.split()[4] == "/data" for option in line.split()[5].split(",")}


def test_an_app_whose_data_folder_was_never_mounted_is_taken_over_without_a_failed_request(target: Target) -> None:
    data, unit = "/var/lib/slipway/apps/tiny/data", "var-lib-slipway-apps-tiny-data.mount"
    target.host.exec(["systemctl", "disable", "--now", unit], check=True)
    target.host.exec(["rm", f"/etc/systemd/system/{unit}"], check=True)
    target.docker("restart", "--time", "2", *target.running())
    target.host.exec(["sh", "-c", f"echo precious >{data}/precious"], check=True)
    assert "nosuid" not in data_options(target)
    while not target.live():
        time.sleep(0.1)
    with target.visitors(slow=0, streams=0) as seen:
        for changed in (True, False):
            assert target.deploy("steady")["changed"] is changed, "the same release, only its folder"
        assert "nosuid" not in data_options(target), "what runs is left alone"
        assert not target.deploy().get("failed")
    assert seen.failures == 0, seen.report
    assert data_options(target) >= CONFINED
    [name] = target.running()
    assert target.docker("exec", name, "cat", "/data/precious") == "precious\n"


def test_of_two_deploys_at_once_one_goes_on_and_the_other_names_it(target: Target) -> None:  # Z-23
    order = waiting(target)
    first, answers = in_background(target, order)
    wait_for_step(target, "gate")
    second = target.deploy()
    target.let_go_on(order)
    first.join()
    assert not answers[0].get("failed"), answers
    assert second["code"] == "locked"
    assert "tester@rig is changing this app since" in second["msg"]
    assert target.live() == answers[0]["release"]


def test_a_dead_holders_lease_is_taken_over(target: Target) -> None:
    dead = {"owner": "somebody@gone", "token": "x", "boot": "another", "beat": 0, "since": 0}
    lease = {**dead, "process": 1, "process_start": 1}
    target.host.put({"/var/lib/slipway/apps/tiny/state/lease.json": json.dumps(lease)})
    healthy_again(target)


def test_a_new_container_that_is_killed_during_the_switch_is_not_kept(target: Target) -> None:  # Z-05
    before = target.live()
    thread, answers = in_background(target, waiting(target))
    wait_for_step(target, "gate")
    idle = next(name for name in target.running() if name not in before_names(target, before))
    target.docker("kill", "--signal", "KILL", idle)
    thread.join()
    assert answers[0]["code"] == "gate"
    assert "exited with code 137" in answers[0]["msg"]
    assert target.live() == before


def before_names(target: Target, release: str) -> list[str]:
    """Return the containers of a release."""
    return target.docker("ps", "--filter", f"label=org.slipway.release={release}", "--format", "{{.Names}}").split()
