"""Check `slipway_apps` and fill in defaults and derived values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release import routes
from ansible_collections.slipway.kit.plugins.module_utils.release.process import SLOTS, Process
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED, SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .checking import Problem, filled
from .connections import connected, secret_env_faults
from .processes import MAIN, Processes, image_faults, pair, port_faults
from .services import Services
from .values import shown

APPS_ROOT = "/var/lib/slipway/apps"
SECRETS_ROOT = "/etc/slipway/secrets"


class AppSpecError(SlipwayError, ValueError):
    """An app is declared wrongly; `problems` holds one sentence per finding."""

    exit_code = REFUSED

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def complete(apps: object) -> list[dict[str, object]]:
    """Return the apps with every default and derived value filled in.

    Args:
        apps: the value of `slipway_apps`: a list of mappings with the keys of `FIELDS`.

    Returns:
        A new list, same order. On top of `FIELDS` each app has `slots` ({"blue": {"port": int}, "green": ...}), the
        absolute paths on the host `root`, `data_dir`, `live_dir` and `secrets_dir`, and of its processes `images`
        (where each image comes from, by name), `containers` (what runs in a slot, the app's own one first) and
        `all_secrets` (names of the secrets of any of them), and `routes`, for Caddy, by slot.

    Raises:
        AppSpecError: with all findings at once, each naming the path of the bad value.
    """
    if not isinstance(apps, Sequence) or isinstance(apps, str):
        raise AppSpecError([f"slipway_apps: a list of apps is wanted, this is {shown(apps)}."])
    problems: list[str] = []
    done = [_complete_one(app, f"slipway_apps[{at}]", problems) for at, app in enumerate(apps)]
    problems += _clashes(done, [app if isinstance(app, Mapping) else {} for app in apps])
    if problems:
        raise AppSpecError(problems)
    return done


def _complete_one(app: object, path: str, problems: list[str]) -> dict[str, object]:
    if not isinstance(app, Mapping):
        problems.append(f"{path}: a mapping is wanted, this is {shown(app)}.")
        return {}
    done = filled(app, path, problems)
    keys = {str(key): key for key in app}
    problems += [Problem(text, place_of(keys.get(key), app)) for key, text in _cross_faults(done, path)]
    processes = Processes(done, app, path)
    services = Services(done, app, path)
    problems += [*processes.problems, *services.problems, *services.uses_faults(done["uses"], path)]
    for name, used in processes.uses().items():
        problems += services.uses_faults(used, f"{path}.processes.{name}")
    if not problems:
        for each in processes.containers():
            own = path if each["name"] == MAIN else f"{path}.processes.{each['name']}"
            problems += secret_env_faults(each, own)
    done.update(_derived(done))
    if not problems:
        done["services"] = services.completed()
        containers = [connected(each, done) for each in processes.containers()]
        secrets = [name for each in containers for name in _names(each["secrets"])]
        done |= {
            "images": processes.images() | services.images(),
            "containers": containers,
            "all_secrets": list(dict.fromkeys(secrets)),
        }
        done["routes"] = _routes(containers, Path(str(done["live_dir"])))
    return done


def _cross_faults(app: Mapping[str, object], path: str) -> list[tuple[str, str]]:
    faults = []
    if (app["image"] is None) == (app["build"] is None):
        faults.append(("build", f"{path}: exactly one of `image` (pull it) and `build` (build it here) is wanted."))
    return [*faults, *image_faults(app, path), *port_faults(app, path)]


def _derived(app: Mapping[str, object]) -> dict[str, object]:
    name = str(app["name"])
    root = f"{APPS_ROOT}/{name}"
    return {
        "slots": pair(name, app["loopback_port"]),
        "root": root,
        "data_dir": f"{root}/data",
        "live_dir": f"{root}/live",
        "secrets_dir": f"{SECRETS_ROOT}/{name}",
    }


def _routes(containers: Sequence[object], live_dir: Path) -> dict[str, str]:
    processes = [Process.parse(each) for each in containers]
    return {slot: routes.text(slot, processes, live_dir) for slot in SLOTS}


def _clashes(apps: Sequence[Mapping[str, object]], declared: Sequence[Mapping[str, object]]) -> list[str]:
    problems: list[str] = []
    owner: dict[object, str] = {}
    for at, app in enumerate(apps):
        for path, what, value in _claims(app, f"slipway_apps[{at}]"):
            first = owner.setdefault((what, value), path)
            if first != path:
                way_out = " Set loopback_port of one of them." if what == "loopback port" else ""
                text = f"{path}: {what} {value} is taken by {first}.{way_out}"
                problems.append(Problem(text, place_of(declared[at].get("name"), declared[at])))
    return problems


def _claims(app: Mapping[str, object], path: str) -> Iterator[tuple[str, str, object]]:
    """Yield what only one on a host can have: the path of who claims it, what it is, and its value."""
    if not app:
        return
    yield path, "name", app["name"]
    for domain in _names(app["domains"]):
        yield path, "domain", domain
    containers = app.get("containers")
    for container in containers if isinstance(containers, list) else [{**app, "name": MAIN}]:
        whose = path if container["name"] == MAIN else f"{path}.processes.{container['name']}"
        slots = container["slots"]
        for slot in slots.values() if isinstance(slots, dict) else ():
            yield whose, "loopback port", slot["port"]


def _names(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
