"""Settings that would lock the operator out of a host, or cut the host off: one rule each, for all who ask.

Role preflight asks about all of them before anything is touched; each role asks about its own inputs, alone or not.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils import takeover
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.values import faults

Tree = Mapping[str, object]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The inputs that are judged, by role.
INPUTS: Mapping[str, tuple[str, ...]] = {
    "admin": ("admin_users",),
    "baseline": ("baseline_sysctl",),
    "docker": ("docker_address_pools", "docker_daemon_options", "docker_users", takeover.AGREED),
    "firewall": (
        "firewall_ssh_ports",
        "firewall_ssh_networks",
        "firewall_container_networks",
        "firewall_container_ssh_enabled",
        "firewall_outside_interfaces",
        takeover.AGREED,
    ),
    "ssh": ("ssh_allow_groups", "ssh_ports"),
}
TOPICS = ("login", "network", "takeover")
# Membership is role admin's memory of whom it made.
ADMINS = "slipway-admins"
PUBLIC_KEY = re.compile(
    r"(ssh-ed25519|sk-ssh-ed25519@openssh[.]com|ssh-rsa|(sk-)?ecdsa-sha2-nistp(256|384|521)(@openssh[.]com)?)"
    r" AAAA[A-Za-z0-9+/=]+( .*)?"
)


@dataclass(frozen=True)
class Host:
    """What the rules know about a host.

    `login`, `network` and `takeover` are topics of its report, the last one empty where it is not judged;
    `unknown_sysctl` are settings that its kernel lacks; `places` says where the inventory sets a variable.
    """

    name: str
    login: Tree
    network: Tree
    unknown_sysctl: Sequence[str] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    takeover: Tree = field(default_factory=dict)

    def place(self, variable: str) -> str:
        """Return where to change a variable."""
        return self.places.get(variable, f"{variable}, in the inventory or the play")

    @property
    def client(self) -> str:
        """The address that Ansible comes from, without a zone; empty where it does not come by SSH."""
        return str(self.login["client"]).split("%", 1)[0]


def lockouts(values: Tree, host: Host) -> list[Finding]:
    """Return a finding for each setting that would shut this very login or an admin out, or that can't work.

    Args:
        values: effective values of the roles' inputs (INPUTS); what is absent or of another type is not judged.
        host: what they are judged by.
    """
    return [
        *_groups(values, host),
        *_ports(values, host),
        *_networks(values, host),
        *_containers(values, host),
        *_pools(values, host),
        *_admins(values, host),
        *_settings(host),
        *_takeover(values, host),
    ]


def _groups(values: Tree, host: Host) -> list[Finding]:
    if "ssh_allow_groups" not in values:
        return []
    allowed, own = _texts(values["ssh_allow_groups"]), _texts(host.login["groups"])
    place = host.place("ssh_allow_groups")
    if not allowed:
        what = "ssh_allow_groups is empty: nobody could log in any more."
        return [Finding("NO_LOGIN_GROUP", what, place, f"set it to [{', '.join(own)}]")]
    if set(allowed) & set(own):
        return []
    what = (
        f"ssh_allow_groups is [{', '.join(allowed)}], and {host.login['user']}, by whom Ansible logs in to "
        f"{host.name}, is in none of them (but in: {', '.join(own)}): the next login would be refused."
    )
    return [Finding("LOCKED_OUT", what, place, f"add {own[0] if own else 'a group of the user'} there")]


def _ports(values: Tree, host: Host) -> list[Finding]:
    port = host.login["port"]
    found = []
    for variable in ("ssh_ports", "firewall_ssh_ports"):
        ports = values.get(variable)
        if port and isinstance(ports, list) and str(port) not in _texts(ports):
            what = f"{variable} is {ports}, and Ansible comes to {host.name} by port {port}: that would be closed."
            next_step = f"add {port} there until ansible_port has moved"
            found.append(Finding("PORT_CLOSED", what, host.place(variable), next_step))
    return found


def _networks(values: Tree, host: Host) -> list[Finding]:
    variable = "firewall_ssh_networks"
    texts = _texts(values.get(variable))
    networks, found = _parsed(variable, values.get(variable), host)
    if found or not networks or not host.client or _hold(networks, host.client):
        return found
    allowed = ", ".join(texts)
    what = f"{variable} is [{allowed}], and Ansible comes to {host.name} from {host.client}: it would be shut out."
    return [Finding("LOCKED_OUT", what, host.place(variable), f"add a network that holds {host.client} there")]


def _containers(values: Tree, host: Host) -> list[Finding]:
    variable = "firewall_container_networks"
    if variable not in values:
        return []
    networks, found = _parsed(variable, values[variable], host)
    if found or not host.client or values.get("firewall_container_ssh_enabled"):
        return found
    way = "and rules that keep containers from sshd would shut it out."
    if _hold(networks, host.client):
        what = (
            f"Ansible comes to {host.name} from {host.client}, which is in {variable} {_texts(values[variable])}, {way}"
        )
        return [Finding("LOCKED_OUT", what, host.place(variable), "set firewall_container_ssh_enabled: true")]
    outside = {*_texts(host.network["outside"]), *_texts(values.get("firewall_outside_interfaces"))}
    bridges = cast("Mapping[str, object]", host.network["bridges"])
    inside = [name for name, own in bridges.items() if name not in outside and host.login["address"] in _texts(own)]
    what = f"Ansible comes to {host.name} by {host.login['address']}, the address of bridge {', '.join(inside)}, {way}"
    next_step = f"add {', '.join(inside)} there if it leads outside, else set firewall_container_ssh_enabled: true"
    return [Finding("LOCKED_OUT", what, host.place("firewall_outside_interfaces"), next_step)] if inside else []


def _pools(values: Tree, host: Host) -> list[Finding]:
    variable = "docker_address_pools"
    networks, found = _parsed(variable, values.get(variable), host)
    own = [address for address in _texts(host.network["sources"]) if _hold(networks, address)]
    if found or not own:
        return found
    what = (
        f"{variable} is [{', '.join(_texts(values[variable]))}] and holds {', '.join(own)}, "
        f"the address of {host.name}: its neighbours would become unreachable."
    )
    return [Finding("POOL_HOLDS_HOST", what, host.place(variable), "choose a free private network there")]


def _admins(values: Tree, host: Host) -> list[Finding]:
    listed = values.get("admin_users")
    if not isinstance(listed, list):
        return []
    place, found = host.place("admin_users"), []
    keys: dict[str, list[str]] = {}
    for user in cast("list[Tree]", listed):
        keys.setdefault(str(user.get("name")), []).extend(_texts(user.get("keys")))
    for name, lines in keys.items():
        if not lines:
            what = f"Admin user `{name}` has no key, and passwords never work: nobody could log in as that user."
            next_step = "add the line of a .pub file to `keys` there, or take the user out"
            found.append(Finding("ADMIN_WITHOUT_KEY", what, place, next_step))
        for line in lines:
            if not PUBLIC_KEY.fullmatch(line):
                what = f"Admin user `{name}` has the key `{line}`, which is not a public key in OpenSSH's format."
                found.append(Finding("BAD_KEY", what, place, "cat ~/.ssh/id_ed25519.pub   # its line goes there"))
    own = str(host.login["user"])
    if ADMINS in _texts(host.login["groups"]) and own not in keys:
        what = f"admin_users leaves out {own}, by whom Ansible logs in to {host.name}: the role would shut {own} out."
        found.append(Finding("LOCKED_OUT", what, place, f"add {own} there, or log in as another admin (ansible_user)"))
    return found


def _settings(host: Host) -> list[Finding]:
    return [
        Finding(
            "UNKNOWN_SYSCTL",
            f"The kernel of {host.name} has no setting `{key}` (baseline_sysctl).",
            host.place("baseline_sysctl"),
            f"sudo sysctl -a | grep {key.rsplit('.', 1)[-1]}   # on {host.name}",
        )
        for key in host.unknown_sysctl
    ]


def _takeover(values: Tree, host: Host) -> list[Finding]:
    found = []
    if host.takeover and "docker_users" in values:
        found += takeover.engine(host.name, host.takeover, values, host.place)
    if host.takeover and "firewall_outside_interfaces" in values:
        found += takeover.firewalls(host.name, host.takeover, values, host.place)
    return found


def _parsed(variable: str, value: object, host: Host) -> tuple[list[Network], list[Finding]]:
    """Return the networks, and a finding for each text that is none."""
    found = faults({variable: value}, host.place)
    return [] if found else [ipaddress.ip_network(text) for text in _texts(value)], found


def _hold(networks: list[Network], address: str) -> bool:
    return any(ipaddress.ip_address(address) in network for network in networks)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
