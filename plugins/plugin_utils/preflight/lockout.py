"""Settings that would lock the operator out, or that the kernel does not know."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

Tree = Mapping[str, object]


def lockouts(name: str, values: Tree, login: Tree, places: Mapping[str, str]) -> list[Finding]:
    """Return a finding for each setting that would shut this very login out.

    Args:
        name: of the host.
        values: effective values of the roles' inputs; what is absent is not judged.
        login: topic `login` of the host's report.
        places: where the inventory sets a variable.
    """
    return [
        *_groups(name, values, login, places),
        *_ports(name, values, login, places),
        *_networks(name, values, login, places),
        *_keyless_admins(values, places),
    ]


def unknown_settings(name: str, missing: list[str], place: str) -> list[Finding]:
    """Return a finding for each kernel setting of `baseline_sysctl` that the host's kernel lacks."""
    return [
        Finding(
            "UNKNOWN_SYSCTL",
            f"The kernel of {name} has no setting `{key}` (baseline_sysctl).",
            place,
            f"sudo sysctl -a | grep {key.rsplit('.', 1)[-1]}   # on {name}",
        )
        for key in missing
    ]


def _groups(name: str, values: Tree, login: Tree, places: Mapping[str, str]) -> list[Finding]:
    if "ssh_allow_groups" not in values:
        return []
    allowed, own = _texts(values["ssh_allow_groups"]), _texts(login["groups"])
    place = places.get("ssh_allow_groups", "ssh_allow_groups, in group_vars/all/main.yml of the inventory")
    if not allowed:
        what = "ssh_allow_groups is empty: nobody could log in any more."
        return [Finding("NO_LOGIN_GROUP", what, place, f"set it to [{', '.join(own)}]")]
    if set(allowed) & set(own):
        return []
    what = (
        f"ssh_allow_groups is [{', '.join(allowed)}], and {login['user']}, by whom Ansible logs in to {name}, is in "
        f"none of them (but in: {', '.join(own)}): the next login would be refused."
    )
    return [Finding("LOCKED_OUT", what, place, f"add {own[0] if own else 'a group of the user'} there")]


def _ports(name: str, values: Tree, login: Tree, places: Mapping[str, str]) -> list[Finding]:
    port = login["port"]
    found = []
    for variable in ("ssh_ports", "firewall_ssh_ports"):
        ports = values.get(variable)
        if port and isinstance(ports, list) and port not in [int(str(one)) for one in ports]:
            what = f"{variable} is {ports}, and Ansible comes to {name} by port {port}: that would be closed."
            place = places.get(variable, f"{variable}, in group_vars/all/main.yml of the inventory")
            found.append(Finding("PORT_CLOSED", what, place, f"add {port} there until ansible_port has moved"))
    return found


def _networks(name: str, values: Tree, login: Tree, places: Mapping[str, str]) -> list[Finding]:
    networks, client = _texts(values.get("firewall_ssh_networks")), str(login["client"]).split("%", 1)[0]
    if not networks or not client:
        return []
    address = ipaddress.ip_address(client)
    if any(address in ipaddress.ip_network(network, strict=False) for network in networks):
        return []
    allowed = ", ".join(networks)
    what = f"firewall_ssh_networks is [{allowed}], and Ansible comes to {name} from {client}: it would be shut out."
    place = places.get("firewall_ssh_networks", "firewall_ssh_networks in the inventory")
    return [Finding("LOCKED_OUT", what, place, f"add a network that holds {client} there")]


def _keyless_admins(values: Tree, places: Mapping[str, str]) -> list[Finding]:
    place = places.get("admin_users", "admin_users in the inventory")
    users = values.get("admin_users")
    return [
        Finding(
            "ADMIN_WITHOUT_KEY",
            f"Admin user `{user.get('name')}` has no key, and passwords never work: nobody could log in as that user.",
            place,
            "add the line of a .pub file to `keys` there, or take the user out",
        )
        for user in cast("list[Mapping[str, object]]", users if isinstance(users, list) else [])
        if not user.get("keys")
    ]


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
