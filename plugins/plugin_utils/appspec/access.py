"""Who gets past the front to an app at all: a password that Caddy asks for, networks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .checking import Problem, filled
from .fields import ACCESS_FIELDS
from .values import shown

Table = Mapping[str, object]

USER = re.compile(r"[A-Za-z0-9._@-]{1,64}")
BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53}")
# A wrong password costs as much as the right one: at 12 that is a quarter of a second of one core.
HIGHEST_COST = 12
MAKE_ONE = "`$(slipway artifact caddy) hash-password --bcrypt-cost 11` makes one"


def completed(app: Table, path: str, problems: list[str]) -> dict[str, object]:
    """Return the declared access of an app with its defaults; adds a sentence to `problems` per fault.

    Args:
        app: as it stands in the inventory.
        path: of it, for messages.
        problems: where faults are added.
    """
    given = app.get("access")
    if not isinstance(given, Mapping):
        return {key: field.default for key, field in ACCESS_FIELDS.items()}
    own: list[str] = []
    done = filled(given, f"{path}.access", own, ACCESS_FIELDS)
    if not own:
        keys = {str(key): key for key in given}
        own = [Problem(text, place_of(keys.get(key), given)) for key, text in _faults(done, f"{path}.access")]
    problems += own
    return done


def _faults(access: Table, path: str) -> Iterator[tuple[str, str]]:
    users, networks = access["basic_auth"], access["networks"]
    for name, value in users.items() if isinstance(users, Mapping) else ():
        found = BCRYPT.fullmatch(str(value))
        if not USER.fullmatch(str(name)):
            yield "basic_auth", f"{path}.basic_auth: {shown(name)} is not a name of letters, digits and . _ @ - only."
        if not found:
            yield "basic_auth", f"{path}.basic_auth.{name}: a bcrypt hash is expected, such as $2a$11$...; {MAKE_ONE}."
        elif int(found["cost"]) > HIGHEST_COST:
            cost = int(found["cost"])
            yield (
                "basic_auth",
                f"{path}.basic_auth.{name}: its cost is {cost}, and every wrong password costs this host"
                f" {2 ** (cost - HIGHEST_COST) / 4:g} s of a core. {HIGHEST_COST} at most; {MAKE_ONE}.",
            )
    for network in networks if isinstance(networks, list) else []:
        try:
            ip_network(network)
        except ValueError as error:
            yield "networks", f"{path}.networks: {shown(network)} is not a network such as 203.0.113.0/24 ({error})."
