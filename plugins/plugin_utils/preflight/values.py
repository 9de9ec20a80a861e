"""Values of a role's inputs that have the right type and still can't work, whatever the host is like.

The roles refuse the same when they run; here all are named at once.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .ways_out import address, way

Place = Callable[[str], str]
# What is wrong with a value; empty where nothing is.
Rule = Callable[[object], str]

TIME_OF_DAY = re.compile(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9])?")
# As role backup has it.
REPOSITORY = re.compile(r"ssh://[^/@\s]+@[^/@\s]+/?|sftp://[^/@\s]+@[^/@\s]+/\S+|/\S+")
LAST_PORT = 65535
FIRST_FREE_PORT = 1024  # below it only root may listen


def network(value: object) -> str:
    """Refuse what is not a network; host bits must be zero, as nftables would drop them in silence."""
    try:
        ipaddress.ip_network(str(value))
    except ValueError as error:
        return f"{str(value)!r} is not a network in CIDR form such as 203.0.113.0/24: {error}"
    return ""


def between(smallest: int, largest: int, of: str) -> Rule:
    """Return a rule for whole numbers, bounds included."""

    def rule(value: object) -> str:
        if not isinstance(value, int) or isinstance(value, bool) or smallest <= value <= largest:
            return ""  # another type is refused as such
        return f"{value} is not {of} from {smallest} to {largest}"

    return rule


def at_least(smallest: int) -> Rule:
    """Return a rule for whole numbers without an upper bound."""

    def rule(value: object) -> str:
        return f"{value} is less than {smallest}" if isinstance(value, int) and value < smallest else ""

    return rule


def time_of_day(value: object) -> str:
    """Refuse what is neither HH:MM nor empty."""
    right = isinstance(value, str) and TIME_OF_DAY.fullmatch(value)
    return "" if right else f'{value!r} is not a time of day. Write HH:MM in quotes, or "" for never'


def https(value: object) -> str:
    """Refuse what is not an https:// URL."""
    return "" if str(value).startswith("https://") else f"{value!r} is not an https:// URL"


def repository(value: object) -> str:
    """Refuse what role backup knows no way to."""
    wanted = "ssh://USER@HOST, sftp://USER@HOST/FOLDER or the absolute path of a folder"
    return "" if REPOSITORY.fullmatch(str(value)) else f"{str(value)!r} is not a repository. Write {wanted}"


PORT = between(1, LAST_PORT, "a port")
FREE_PORT = between(FIRST_FREE_PORT, LAST_PORT, "a port")
BAD_NETWORK = "BAD_NETWORK"
# Input -> rule; `[]` stands for each item of a list, `.x` for a key of it.
RULES: dict[str, Rule] = {
    "baseline_reboot_time": time_of_day,
    "caddy_acme_directory": https,
    "cloudflared_metrics_port": FREE_PORT,
    "cloudflared_retries": between(0, 10, "a number"),
    "cloudflared_grace_period_seconds": between(0, 180, "a number"),
    "deadman_timeout_seconds": at_least(30),
    "docker_address_pools[]": network,
    "fail2ban_ignored_networks[]": network,
    "fail2ban_max_failures": at_least(2),
    "fail2ban_window_seconds": at_least(10),
    "fail2ban_ban_seconds": at_least(10),
    "firewall_container_networks[]": network,
    "firewall_container_refused_networks[]": network,
    "firewall_forwarding[].networks[]": network,
    "firewall_lan_networks[]": network,
    "firewall_openings[].networks[]": network,
    "firewall_openings[].port": PORT,
    "firewall_ssh_networks[]": network,
    "firewall_ssh_ports[]": PORT,
    "slipway_backup.every_minutes": between(5, 1440, "a number"),
    "slipway_backup.pings.backup": https,
    "slipway_backup.pings.check": https,
    "slipway_backup.pings.drill": https,
    "slipway_backup.repository": repository,
    "slipway_watch.every_seconds": between(30, 3600, "a number"),
    "slipway_watch.heartbeat": address,
    "slipway_watch.notify[]": way,
    "slipway_watch.notify[].port": PORT,
    "slipway_watch.notify[].url": address,
    "slipway_watch.remind_hours": between(1, 720, "a number"),
    "ssh_ports[]": PORT,
    "tunnel_ssh_listen_port": FREE_PORT,
    "tunnel_ssh_port": PORT,
}


def faults(values: Mapping[str, object], place: Place) -> list[Finding]:
    """Return a finding for each value that can't work.

    Args:
        values: variable to value, templates resolved.
        place: returns where a variable is set.
    """
    found = []
    for path, rule in RULES.items():
        name, *steps = re.findall(r"\w+|\[\]", path)
        if name not in values:
            continue
        for where, shown, value in _reached(values[name], steps, name, place(name)):
            if fault := rule(value):
                code = BAD_NETWORK if rule is network else "BAD_VARIABLE"
                found.append(Finding(code, f"{shown}: {fault}.", where, "correct it there"))
    return found


def _reached(value: object, steps: list[str], shown: str, place: str) -> Iterator[tuple[str, str, object]]:
    """Yield place, path and value for all that a path leads to; what has another shape is refused elsewhere."""
    if not steps:
        yield place, shown, value
        return
    step, rest = steps[0], steps[1:]
    if step == "[]" and isinstance(value, list):
        for at, item in enumerate(value):
            yield from _reached(item, rest, f"{shown}[{at}]", place_of(item) or place)
    elif isinstance(value, Mapping) and step in value:
        key = next(key for key in value if key == step)
        yield from _reached(value[step], rest, f"{shown}.{step}", place_of(key) or place)
