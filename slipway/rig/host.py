"""A bare host: systemd, sshd, Python, sudo, reached over real SSH."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import ssh_path
from slipway.rig import capabilities
from slipway.rig.container import Container
from slipway.rig.errors import RigError

BOOT_TIMEOUT_S = 120  # takes 2 s on an idle machine, 15 s on one with ten times as much to do as it has cores
SSH_PORT = 22


def settings(volume: str) -> dict[str, Any]:
    """Return what lets systemd and a Docker engine run inside as on a machine of their own, without --privileged.

    Keys are those of HostConfig in the engine's API; the SDK has no words for some of them.

    Args:
        volume: for the inner engine's images, which overlayfs cannot keep on the container's own overlay.
    """
    return {
        "CapAdd": capabilities.grantable(),
        "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
        "MaskedPaths": [],
        "ReadonlyPaths": [],
        "CgroupnsMode": "host",
        "DeviceCgroupRules": ["a *:* rwm"],
        "Tmpfs": {"/run": "", "/run/lock": "", "/tmp": "exec"},  # noqa: S108 - a mount point of the container
        "Binds": ["/sys/fs/cgroup:/sys/fs/cgroup:rw", f"{volume}:/var/lib/docker"],
    }


class Host(Container):
    """One of the machines that playbooks run against."""

    folder: Path
    user: str

    def restart(self) -> None:
        """Reboot it and wait until it can be logged in to."""
        self.container.restart(timeout=20)
        self.wait()

    def wait(self) -> None:
        """Wait for the SSH server.

        Raises:
            RigError: it does not answer in time; the message holds the journal's end.
        """
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                with socket.create_connection((self.address, SSH_PORT), timeout=2) as connection:
                    if connection.recv(4) == b"SSH-":
                        return
            except OSError:
                if not self.running:
                    break
            time.sleep(0.05)
        evidence = self.container.logs(tail=30).decode(errors="replace")
        if self.running:
            evidence += self.exec(["journalctl", "--no-pager", "-n", "30"]).stdout
        raise RigError(f"Host {self.name} did not offer SSH within {BOOT_TIMEOUT_S} s:\n{evidence}")

    def authorize(self, user: str, public_key: str) -> None:
        """Let the key log in: as root, or as a new user who may sudo (what some providers hand over)."""
        home = "/root" if user == "root" else f"/home/{user}"
        if user != "root":
            self.exec(["useradd", "--create-home", "--shell", "/bin/bash", user], check=True)
            self.put({f"/etc/sudoers.d/90-{user}": f"{user} ALL=(ALL) NOPASSWD:ALL\n"}, mode=0o440)
        self.exec(["install", "-d", "-m", "0700", "-o", user, "-g", user, f"{home}/.ssh"], check=True)
        self.put({f"{home}/.ssh/authorized_keys": f"{public_key}\n"}, mode=0o600)
        self.exec(["chown", f"{user}:{user}", f"{home}/.ssh/authorized_keys"], check=True)

    def host_keys(self) -> list[str]:
        """Return the host's public keys as lines of a known_hosts file, read past the network."""
        found = self.exec(["sh", "-c", "cat /etc/ssh/ssh_host_*_key.pub"], check=True).stdout
        return [f"{self.address} {' '.join(line.split()[:2])}" for line in found.splitlines()]

    def ssh_options(self) -> list[str]:
        """Return the options that make ssh use the rig's key and its pinned host keys, and no others."""
        return [
            *("-o", f"UserKnownHostsFile={ssh_path(self.folder / 'known_hosts')}"),
            *("-o", "GlobalKnownHostsFile=/dev/null"),
            *("-o", "IdentitiesOnly=yes"),
            *("-o", "StrictHostKeyChecking=yes"),
        ]

    def ssh(self, *command: str) -> list[str]:
        """Return the command line that logs in as the rig's user."""
        key = str(self.folder / "id_ed25519")
        return ["ssh", "-i", key, *self.ssh_options(), f"{self.user}@{self.address}", *command]
