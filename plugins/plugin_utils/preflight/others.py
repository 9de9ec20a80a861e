"""What another project has on the host, and what this one would leave behind: held against the host's register."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from ansible_collections.slipway.kit.plugins.module_utils.release.ownership import Kind, conflicts
from ansible_collections.slipway.kit.plugins.module_utils.release.register import Entry
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

from .apps import App, Place

# The key of an app that a conflict is about.
KEYS: Mapping[Kind, str] = {"name": "name", "domain": "domains", "port": "loopback_port", "renamed": "domains"}


def of_others(
    register: Mapping[str, Mapping[str, object]],
    apps: Iterable[App],
    declared: Iterable[str],
    project: str,
    place: Place,
    *,
    adopt: bool,
) -> list[Finding]:
    """Return a finding for each name, domain and port that an app can not have on a host.

    Args:
        register: topic `register` of the host's report.
        apps: completed.
        declared: names of all apps, of those too that are not sound.
        project: whose they are.
        place: tells where a key of an app stands.
        adopt: apps of these names are taken over from other projects.
    """
    entries = {name: Entry.parse(found) for name, found in register.items()}
    names, now = set(declared), time.time()
    found = [
        conflict for app in apps for conflict in conflicts(entries, Entry.of(app, project, "", now), names, adopt=adopt)
    ]
    return [
        Finding(
            "RENAMED" if each.kind == "renamed" else "OTHER_PROJECT",
            each.what,
            place(each.app, KEYS[each.kind], each.value if KEYS[each.kind] == "domains" else ""),
            each.way_out,
        )
        for each in found
    ]
