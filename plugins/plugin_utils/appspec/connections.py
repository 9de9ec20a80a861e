"""How a container gets at services and secrets: files, variables, and what is exported when it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .services import uses_of
from .values import shown


def secret_env_faults(container: Mapping[str, object], path: str) -> Iterator[str]:
    """Yield what is wrong with the variables that are set from secrets."""
    secrets = container["secrets"]
    known = secrets if isinstance(secrets, list) else []
    for variable, secret in _table(container["secret_env"]).items():
        if secret not in known:
            yield f"{path}.secret_env.{variable}: {shown(secret)} is not among `secrets`. Add it there."


def connected(container: Mapping[str, object], app: Mapping[str, object]) -> dict[str, object]:
    """Return a container with its `services` (names), `exports` (variable to file) and the variables of its services.

    A service that is named alone gives `<NAME>_URL` without the password, which is in a file beside it; one with a
    variable gives its whole URL in that variable, set from a file when the container starts: so it stands in no
    inspection of the container and in no Compose file.
    """
    listed = app["services"]
    services = {str(each["name"]): each for each in listed} if isinstance(listed, list) else {}
    used, env, exports = (
        uses_of(container["uses"]),
        dict(_table(container["env"])),
        dict(_table(container["secret_env"])),
    )
    for name, variable in used.items():
        if variable:
            exports[variable] = f"{name}_url"
        else:
            env.setdefault(f"{name.upper().replace('-', '_')}_URL", url_of(services[name], str(app["name"]), ""))
    return {**container, "env": env, "exports": exports, "services": list(used)}


def url_of(service: Mapping[str, object], app: str, password: str) -> str:
    """Return the address of a service; without a password where that is empty."""
    form = str(service["url"])
    if not password:
        form = form.replace(":{password}", "").replace("{password}", "")
    return form.format(user=app, password=password, host=service["name"], port=service["port"])


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
