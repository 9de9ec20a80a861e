"""Filter `complete_apps`: `slipway_apps` with every default and derived value."""

from __future__ import annotations

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete

Apps = list[dict[str, object]]


def complete_apps(apps: object) -> Apps:
    """Return what `appspec.complete` returns; its findings become one Ansible error."""
    try:
        done: Apps = complete(apps)
    except AppSpecError as error:
        raise AnsibleFilterError(str(error)) from error
    return done


class FilterModule:
    """Filters about apps."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {"complete_apps": complete_apps}
