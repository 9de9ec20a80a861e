"""A review app: a declared app once more, under a name, domain and data of its own, beside it on the same host."""

from __future__ import annotations

from collections.abc import Mapping

from .refusal import RefusalError

LONGEST_NAME = 31  # of an app, see the schema in appspec


def name(app: str, number: str) -> str:
    """Return the name of the review app of merge request `number`.

    Raises:
        RefusalError: when it gets longer than an app's name may be, or there is no merge request.
    """
    if not number.isdigit():
        raise RefusalError(
            what="a review app needs a merge request",
            value=f"CI_MERGE_REQUEST_IID={number or '(missing)'}",
            where="the job's rules: review apps belong to merge request pipelines",
            next="open a merge request for this branch",
        )
    result = f"{app}-mr-{number}"
    if len(result) > LONGEST_NAME:
        raise RefusalError(
            what=f"the review app's name is longer than {LONGEST_NAME} characters",
            value=result,
            where="`name` in slipway_apps",
            next="give the app a shorter name",
        )
    return result


def variables(app: Mapping[str, object], secrets: Mapping[str, object], number: str) -> dict[str, object]:
    """Return the extra variables that put the review app in the place of the declared ones.

    Args:
        app: the declared app, as written in the inventory.
        secrets: `slipway_secrets` of the inventory, untemplated: references to the vault, not values.
        number: number of the merge request.
    """
    own_name = name(str(app["name"]), number)
    domains = app.get("domains")
    first = domains[0] if isinstance(domains, list) and domains else "localhost"
    own = {key: value for key, value in app.items() if key != "loopback_port"}
    own |= {"name": own_name, "domains": [f"mr-{number}.{first}"]}
    return {
        "slipway_apps": [own],
        "slipway_secrets": {own_name: secrets.get(str(app["name"]), {})},
        "slipway_only": own_name,
    }
