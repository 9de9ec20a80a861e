"""Filter `with_other_projects`: the apps of the inventory, and those that other projects have on the same host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.slipway.kit.plugins.module_utils.release.register import Entry
from ansible_collections.slipway.kit.plugins.plugin_utils.project import project_id

App = Mapping[str, object]


def with_other_projects(
    apps: Sequence[App], facts: Mapping[str, object], sources: Iterable[str], project: str = ""
) -> list[App]:
    """Return the apps, and behind them `name`, `exposure`, `names` and `mirror` of each that another project has.

    Args:
        apps: completed.
        facts: of the host; what is in its register is among the local ones, the only ones that keep their prefix.
        sources: `ansible_inventory_sources`.
        project: `slipway_project`.
    """
    own = {str(app["name"]) for app in apps}
    mine = project_id({"ansible_inventory_sources": list(sources), "slipway_project": project})
    return [
        *apps,
        *(
            {"name": one.app, "exposure": one.exposure, "names": list(one.names), "mirror": one.mirror}
            for one in _registered(facts.get("ansible_local"))
            if one.project != mine and one.app not in own and not one.stopped
        ),
    ]


def _registered(local: object) -> list[Entry]:
    """Return the entries among local facts; what is not one is somebody else's fact."""
    found = []
    for fact in local.values() if isinstance(local, Mapping) else ():
        try:
            found.append(Entry.parse(fact))
        except (KeyError, TypeError, ValueError):
            continue
    return found


class FilterModule:
    """Filters about projects."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {"with_other_projects": with_other_projects}
