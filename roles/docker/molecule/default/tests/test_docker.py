"""What role docker promises."""

from __future__ import annotations

import json

from testinfra.host import Host

from slipway.rig import Rig

CONVERGE = "roles/docker/molecule/default/converge.yml"


def test_the_engine_listens_on_its_socket_only(host: Host) -> None:  # D-01
    socket = host.file("/var/run/docker.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "docker", 0o660)
    assert not host.socket("tcp://2375").is_listening
    assert not host.socket("tcp://2376").is_listening


def test_settings_are_in_force(host: Host) -> None:  # D-02 D-03 D-04
    info = json.loads(host.run_expect([0], "docker info --format '{{json .}}'").stdout)
    assert info["LoggingDriver"] == "local"
    assert info["LiveRestoreEnabled"] is True
    assert "name=no-new-privileges" in info["SecurityOptions"]
    assert info["DefaultAddressPools"] == [{"Base": "10.199.0.0/16", "Size": 24}]


def test_publishing_means_loopback_and_nobody_talks_past_it(host: Host) -> None:  # F-04 D-04
    settings = json.loads(host.file("/etc/docker/daemon.json").content_string)
    assert settings["ip"] == "127.0.0.1"
    assert settings["userland-proxy"] is False
    assert settings["icc"] is False
    assert "iptables" not in settings  # F-07


def test_settings_that_the_engine_refuses_never_reach_it(host: Host, rig: Rig) -> None:  # D-07
    before = host.file("/etc/docker/daemon.json").content_string
    started = host.run("systemctl show docker.service --property=ActiveEnterTimestamp").stdout
    played = rig.play(CONVERGE, "-e", '{"docker_daemon_options": {"no-such-key": true}}', inventories=[])
    assert played.rc != 0
    assert "/etc/docker/daemon.json is left as it was" in " ".join(played.stdout.split()), played.stdout
    assert host.file("/etc/docker/daemon.json").content_string == before
    assert host.run("systemctl show docker.service --property=ActiveEnterTimestamp").stdout == started


def test_nobody_is_root_by_the_back_door(host: Host) -> None:  # O-12
    assert host.group("docker").members == []


def test_the_configuration_is_roots(host: Host) -> None:  # D-05
    assert (host.file("/etc/docker/daemon.json").user, host.file("/etc/docker/daemon.json").mode) == ("root", 0o644)


def test_compose_is_there(host: Host) -> None:
    assert host.run_expect([0], "docker compose version --short").stdout.startswith("2.")


def test_the_engine_is_updated_in_its_window_only(host: Host) -> None:  # D-08
    assert "OnCalendar=Sun 04:30" in host.file("/etc/systemd/system/slipway-docker-upgrade.timer").content_string
    assert host.service("slipway-docker-upgrade.timer").is_running
    host.run_expect([0], "systemctl start slipway-docker-upgrade.service")
    assert host.service("docker.service").is_running


def test_the_update_is_confined_and_still_installs(host: Host) -> None:  # O-11
    verdict = host.run("systemd-analyze security --no-pager --threshold=40 slipway-docker-upgrade.service")
    assert verdict.rc == 0, verdict.stdout
    # There is no newer version to install: the same one again, in the same sandbox.
    folder = "/run/systemd/system/slipway-docker-upgrade.service.d"
    again = "[Service]\nExecStart=\nExecStart=/usr/bin/apt-get -q -y --reinstall install docker-cli\n"
    host.run_expect([0], f"mkdir -p {folder} && printf '{again}' > {folder}/again.conf && systemctl daemon-reload")
    host.run_expect([0], "systemctl start slipway-docker-upgrade.service")
    host.run_expect([0], f"rm -r {folder} && systemctl daemon-reload")
    assert "docker-cli" in host.run("journalctl -u slipway-docker-upgrade.service -o cat | grep '^Setting up'").stdout
