"""A review app: a declared app once more, under a name, domain and data of its own, beside it on the same host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import NUMBER

LONGEST_NAME = 31  # of an app, see appspec/fields.py


class ReviewError(SlipwayError, ValueError):
    """There can be no such review app; the message says why and what to change."""


def review_of(apps: Sequence[Mapping[str, object]], name: str, number: object) -> dict[str, object]:
    """Return the review app of merge request `number`, as it would be declared in `slipway_apps`.

    Args:
        apps: `slipway_apps`, as written in the inventory.
        name: the app that the merge request is about.
        number: of the merge request, digits.

    Raises:
        ReviewError: the app is not declared, the number is none, or the name would be too long.
    """
    declared = {str(app.get("name")): app for app in apps}
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise ReviewError(f"app_only: {name!r} is not declared in slipway_apps; declared: {known}. Name one of them.")
    if not NUMBER.fits(str(number)):
        raise ReviewError(f"app_review_number: {number!r} is not the number of a merge request. Say it with --number.")
    own_name = f"{name}-mr-{number}"
    if len(own_name) > LONGEST_NAME:
        raise ReviewError(f"{own_name} is longer than the {LONGEST_NAME} characters of an app's name; shorten {name}.")
    app = declared[name]
    domains = app.get("domains")
    first = domains[0] if isinstance(domains, Sequence) and domains else "localhost"
    # Names that lead to the app itself stay its own, and what timers start would start twice.
    copied = {key: value for key, value in app.items() if key not in ("loopback_port", "redirects", "schedules")}
    return {**copied, "name": own_name, "domains": [f"mr-{number}.{first}"]}
