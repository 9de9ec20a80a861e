"""A host that is not bare: what the roles would take over there, which wants somebody's yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

Tree = Mapping[str, object]
AGREED = "slipway_takeover"
USUAL_DATA_ROOT = "/var/lib/docker"


def engine(name: str, told: Tree, values: Tree, place: Callable[[str], str]) -> list[Finding]:
    """Return what role docker would replace.

    Args:
        name: of the host.
        told: topic `takeover` of its report.
        values: effective inputs of roles; `slipway_takeover: true` makes warnings of errors.
        place: returns where a variable is set, or is to be.
    """
    said = []
    if packages := _texts(told["packages"]):
        plural = "them" if len(packages) > 1 else "it"
        said.append(
            f"{', '.join(packages)} of {name} would be removed: Debian's docker.io can't stand beside {plural}."
        )
    if told["daemon_json"]:
        said.append(f"/etc/docker/daemon.json of {name} is not the kit's and would be replaced; a copy would stay.")
    root, count = str(told["data_root"]), int(str(told["containers"]))
    options = values.get("docker_daemon_options")
    kept = root == (options.get("data-root", USUAL_DATA_ROOT) if isinstance(options, Mapping) else USUAL_DATA_ROOT)
    if root != USUAL_DATA_ROOT and not kept:
        said.append(
            f"The images and containers of {name} ({count} of them) lie in {root}, where its engine would no longer"
            f" look. `docker_daemon_options: {{data-root: {root}}}` keeps them."
        )
    elif count and said:
        said.append(f"{count} containers of {name} would be stopped and go to another engine.")
    if out := sorted(set(_texts(told["members"])) - set(_texts(values.get("docker_users")))):
        said.append(
            f"{', '.join(out)} of {name} would be taken out of the group docker. `docker_users: [{', '.join(out)}]`"
            " keeps them, each of them root in all but name."
        )
    return _findings(said, values, place)


def firewalls(name: str, told: Tree, values: Tree, place: Callable[[str], str]) -> list[Finding]:
    """Return which other firewalls role firewall would switch off; arguments as for `engine`."""
    said = [
        f"{one} is active on {name} and would be switched off: beside the kit's firewall it goes on dropping visitors."
        for one in _texts(told["firewalls"])
    ]
    return _findings(said, values, place)


def _findings(said: list[str], values: Tree, place: Callable[[str], str]) -> list[Finding]:
    if boolean(values.get(AGREED) or False, strict=False):
        return [Finding("TAKEOVER", one, place(AGREED), "", "warning") for one in said]
    return [Finding("TAKEOVER", one, place(AGREED), f"set {AGREED}: true there, where that is meant") for one in said]


def _texts(value: object) -> list[str]:
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else []
