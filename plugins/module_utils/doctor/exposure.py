"""What can be reached that should not be: firewall, sockets, published ports, logins, secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from ..findings.finding import Finding
from .engine_hosts import open_hosts
from .loopback import is_loopback

Tree = Mapping[str, object]

# Clients of DHCP (v4, v6) and what systemd's resolver listens on for names of the local network.
SYSTEM_UDP = {68, 546, 5353, 5355}
UNSAFE_LOGIN = {
    "passwordauthentication": "yes",
    "kbdinteractiveauthentication": "yes",
    "permitrootlogin": "yes",
    "permitemptypasswords": "yes",
}
WANTED_ENGINE: dict[str, object] = {"live-restore": True, "no-new-privileges": True, "userland-proxy": False}

MEND = "slipway provision ENV"


def sockets(host: str, listeners: Iterable[Tree], declared: set[tuple[str, int]]) -> list[Finding]:
    """Return a finding for each program that listens on more than loopback without being declared."""
    found: dict[tuple[str, int], Finding] = {}
    for one in listeners:
        protocol, port, program = str(one["protocol"]), int(str(one["port"])), str(one["program"]) or "the kernel"
        known = (protocol, port) in declared or (protocol == "udp" and (port in SYSTEM_UDP or program == "the kernel"))
        if known or is_loopback(str(one["address"])) or (protocol == "udp" and _is_client(program)):
            continue
        what = (
            f"{program} (process {one['pid']}) listens on {one['address']} port {port}/{protocol}; nothing declares it."
        )
        where = f"{program} on {host}, or firewall_openings in the inventory"
        command = f"sudo systemctl status {one['pid']}   # on {host}: which unit it belongs to"
        found.setdefault((protocol, port), Finding("SOCKET_UNDECLARED", what, where, command, "warning"))
    return list(found.values())


def _is_client(program: str) -> bool:
    """Return whether a program's bound UDP sockets are its questions to others: time, names, HTTP/3 as a client."""
    return program in {"systemd-timesyn", "systemd-resolve", "systemd-network", "chronyd", "cloudflared", "dhclient"}


def published(host: str, ports: Iterable[Tree]) -> list[Finding]:
    """Return a finding for each port that a container publishes on more than loopback."""
    return [
        Finding(
            "PORT_PUBLISHED",
            f"Container {one['name']} publishes port {one['port']}/{one['protocol']} on {one['address']}.",
            f"{one['name']} on {host}",
            f"publish it on 127.0.0.1:{one['port']} instead, and let Caddy stand before it",
        )
        for one in ports
        if not is_loopback(str(one["address"]))
    ]


def logins(host: str, guards: Tree) -> list[Finding]:
    """Return findings about ways in: sshd's settings, and users who are root by way of the engine."""
    sshd = cast("Mapping[str, str]", guards["sshd"])
    found = [
        Finding(
            "SSH_UNSAFE",
            f"sshd of {host} runs with `{key} {value}`.",
            "/etc/ssh/sshd_config.d",
            MEND,
        )
        for key, value in UNSAFE_LOGIN.items()
        if sshd.get(key) == value
    ]
    for user in cast("list[str]", guards["docker_group"]):
        what = f"User {user} is in group docker, which is as good as root without a password."
        command = f"sudo gpasswd --delete {user} docker   # on {host}"
        found.append(Finding("DOCKER_GROUP", what, f"docker_users, or {host}", command, "warning"))
    return found


def secrets(host: str, guards: Tree) -> list[Finding]:
    """Return a finding for each secret, or folder of secrets, that others than its owner may read."""
    return [
        Finding(
            "SECRET_READABLE",
            f"{path} has mode {mode}: others than its owner may use it.",
            host,
            f"sudo chmod go= {path}   # on {host}",
        )
        for mode, path in (entry.split(" ", 1) for entry in cast("list[str]", guards["exposed_secrets"]))
    ]


def engine(host: str, guards: Tree, allowed: Iterable[str] = ()) -> list[Finding]:
    """Return findings about daemon.json: unreadable, open to the network, or without what keeps containers in.

    Args:
        host: name of the host.
        guards: topic of the host's report.
        allowed: settings that the inventory turns off on purpose.
    """
    settings = cast("Mapping[str, object]", guards["engine"])
    place = f"/etc/docker/daemon.json on {host}"
    if "unreadable" in settings:
        return [Finding("ENGINE_CONFIG", f"{place} can't be read: {settings['unreadable']}.", place, MEND)]
    found = []
    for address in open_hosts(settings):
        what = f"The engine of {host} listens on {address}: whoever reaches it is root."
        found.append(Finding("ENGINE_CONFIG", what, place, MEND))
    for key, wanted in WANTED_ENGINE.items():
        if key not in allowed and settings.get(key) != wanted:
            what = f"The engine of {host} runs with {key} {settings.get(key)}, not {wanted}."
            found.append(Finding("ENGINE_CONFIG", what, place, MEND, "warning"))
    return found
