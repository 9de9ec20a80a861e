"""Make sure that a Docker engine runs, by looking at the machine rather than by a flag."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import docker
from docker.errors import DockerException

from slipway.rig.errors import RigError

LOCK = Path("/var/lock/slipway-engine.lock")
LOG = Path("/var/log/dockerd.log")
SYSTEMD = Path("/run/systemd/system")
START_TIMEOUT_S = 60  # a first start creates the image store; seconds on any disk that works
CALL_TIMEOUT_S = 300  # the longest single call is the import of a base image


def connect() -> docker.DockerClient:
    """Return a client of a running engine, which is installed and started first where that is possible.

    Raises:
        RigError: no engine answers and none may be started from here.
    """
    client = answering()
    if client:
        return client
    refuse_unless_startable()
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        client = answering()  # another process may have started it while this one waited
        if client:
            return client
        install()
        start()
        return wait()


def answering() -> docker.DockerClient | None:
    """Return a client if an engine answers now."""
    if not listening():
        return None
    try:
        client = docker.from_env(timeout=CALL_TIMEOUT_S)
        client.ping()
    except DockerException:
        return None
    return client


def listening() -> bool:
    """Tell whether the engine's socket takes a connection: docker-py, refused, leaves a socket of its own open."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as knock:
        return knock.connect_ex(host.removeprefix("unix://")) == 0


def refuse_unless_startable() -> None:
    """Raise, with the way out, where this process may not start an engine."""
    if os.environ.get("DOCKER_HOST"):
        raise RigError(
            f"No Docker engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}. "
            "Start it, or unset DOCKER_HOST to use the engine of this machine."
        )
    if os.geteuid() == 0:
        return
    if Path("/var/run/docker.sock").exists() and not os.access("/var/run/docker.sock", os.W_OK):
        raise RigError(
            "You may not talk to the Docker engine. Join its group (`sudo usermod -aG docker $USER`, then log in "
            "again) or run as root."
        )
    raise RigError(
        "No Docker engine runs, and only root may start one. Install and start it "
        "(`sudo apt-get install docker.io`), join its group (`sudo usermod -aG docker $USER`), log in again."
    )


def install() -> None:
    """Install Debian's engine and client where there is none: one package up to Debian 12, two since."""
    for program, package in (("dockerd", "docker.io"), ("docker", "docker-cli")):
        if shutil.which(program):
            continue
        if not shutil.which("apt-get"):
            raise RigError(
                f"There is no `{program}` and no apt-get to install one with. Install Docker, then run again."
            )
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", package]):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RigError(f"`{' '.join(command)}` failed, so there is no Docker engine:\n{done.stderr.strip()}")


def start() -> None:
    """Start the engine: by systemd where that is the init, else as a process that outlives this one."""
    if SYSTEMD.is_dir():
        subprocess.run(["systemctl", "start", "docker"], check=True)
        return
    with LOG.open("a") as log:
        subprocess.run(["setsid", "--fork", "dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)


def wait() -> docker.DockerClient:
    """Return a client as soon as the started engine answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        client = answering()
        if client:
            return client
        time.sleep(0.2)
    tail = "\n".join(LOG.read_text().splitlines()[-15:]) if LOG.exists() else "(no log)"
    raise RigError(f"The Docker engine did not answer within {START_TIMEOUT_S} s. The end of {LOG}:\n{tail}")
