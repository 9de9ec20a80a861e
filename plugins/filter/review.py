"""Filter `review_of`: the review app of a merge request, made from a declared app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.slipway.kit.plugins.plugin_utils.review import ReviewError
from ansible_collections.slipway.kit.plugins.plugin_utils.review import review_of as made_from


def review_of(apps: Sequence[Mapping[str, object]], name: str, number: object) -> dict[str, object]:
    """Return what `review.review_of` returns; its refusal becomes an Ansible error."""
    try:
        made: dict[str, object] = made_from(apps, name, number)
    except ReviewError as error:
        raise AnsibleFilterError(str(error)) from error
    return made


class FilterModule:
    """Filters about review apps."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {"review_of": review_of}
