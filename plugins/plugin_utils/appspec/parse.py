"""Check `slipway_apps` and fill in defaults and derived values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release import routes
from ansible_collections.slipway.kit.plugins.module_utils.release.process import SLOTS, Process
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED, SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from . import access
from .checking import Problem, filled
from .connections import connected, secret_env_faults
from .processes import MAIN, Processes, image_faults, pair, port_faults
from .schedules import Schedules
from .services import Services
from .values import shown

APPS_ROOT = "/var/lib/slipway/apps"
SECRETS_ROOT = "/etc/slipway/secrets"
LOOPBACK_PORT = "loopback port"  # as messages call it


class AppSpecError(SlipwayError, ValueError):
    """An app is declared wrongly; `problems` holds one sentence per finding, `sound` the apps that have none."""

    exit_code = REFUSED

    def __init__(self, problems: Sequence[str], sound: Sequence[dict[str, object]] = ()) -> None:
        self.problems, self.sound = tuple(problems), tuple(sound)
        super().__init__("\n".join(self.problems))


def complete(apps: object) -> list[dict[str, object]]:
    """Return the apps with every default and derived value filled in.

    Args:
        apps: the value of `slipway_apps`: a list of mappings with the keys of `FIELDS`.

    Returns:
        A new list, same order. On top of `FIELDS` each app has `slots` ({"blue": {"port": int}, "green": ...}), `names`
        (those it answers to and those that lead to it), the absolute paths on the host `root`, `data_dir`, `live_dir`
        and `secrets_dir`, and of its processes `images` (where each image comes from, by name), `containers` (what runs
        in a slot, the app's own one first), `all_secrets` (names of the secrets of any of them), `routes`, for Caddy,
        by slot, and `jobs`, which timers start.

    Raises:
        AppSpecError: with all findings at once, each naming the path of the bad value.
    """
    if not isinstance(apps, Sequence) or isinstance(apps, str):
        raise AppSpecError([f"slipway_apps: a list of apps is wanted, this is {shown(apps)}."])
    problems: list[str] = []
    done, sound = [], []
    for at, app in enumerate(apps):
        before = len(problems)
        done.append(_complete_one(app, f"slipway_apps[{at}]", problems))
        sound += done[-1:] if len(problems) == before else []
    problems += _clashes(done, [app if isinstance(app, Mapping) else {} for app in apps])
    if problems:
        names = [app["name"] for app in done if app]
        raise AppSpecError(problems, [app for app in sound if names.count(app["name"]) == 1])
    return done


def _complete_one(app: object, path: str, problems: list[str]) -> dict[str, object]:
    if not isinstance(app, Mapping):
        problems.append(f"{path}: a mapping is wanted, this is {shown(app)}.")
        return {}
    own: list[str] = []
    done = filled(app, path, own)
    keys = {str(key): key for key in app}
    own += [Problem(text, place_of(keys.get(key), app)) for key, text in _cross_faults(done, path)]
    processes = Processes(done, app, path)
    services = Services(done, app, path)
    done["access"] = access.completed(app, path, own)
    schedules = Schedules(done, app, path)
    own += [*schedules.problems, *processes.problems, *services.problems, *services.uses_faults(done["uses"], path)]
    for name, used in processes.uses().items():
        own += services.uses_faults(used, f"{path}.processes.{name}")
    if not own:
        for each in processes.containers():
            whose = path if each["name"] == MAIN else f"{path}.processes.{each['name']}"
            own += secret_env_faults(each, whose)
    done.update(_derived(done))
    if not own:
        done["services"] = services.completed()
        done["jobs"] = schedules.completed()
        containers = [connected(each, done) for each in processes.containers()]
        secrets = [name for each in containers for name in _names(each["secrets"])]
        done |= {
            "images": processes.images() | services.images(),
            "containers": containers,
            "all_secrets": list(dict.fromkeys(secrets)),
        }
        done["routes"] = _routes(containers, Path(str(done["live_dir"])))
    problems += own
    return done


def _cross_faults(app: Mapping[str, object], path: str) -> list[tuple[str, str]]:
    faults = []
    if (app["image"] is None) == (app["build"] is None):
        faults.append(("build", f"{path}: exactly one of `image` (pull it) and `build` (build it here) is wanted."))
    if app["mirror"] and app["snapshot"]:
        text = f"{path}.snapshot: the mirror is what is kept before a hook; leave `snapshot` or `mirror` out."
        faults.append(("snapshot", text))
    if app["judge"] and not app["mirror"]:
        text = f"{path}.judge: there is no copy that it could judge; declare `mirror` too."
        faults.append(("judge", text))
    return [*faults, *image_faults(app, path), *port_faults(app, path)]


def _derived(app: Mapping[str, object]) -> dict[str, object]:
    name = str(app["name"])
    root = f"{APPS_ROOT}/{name}"
    return {
        "slots": pair(name, app["loopback_port"]),
        "names": [*_names(app["domains"]), *_names(app["redirects"])],
        "root": root,
        "data_dir": f"{root}/data",
        "live_dir": f"{root}/live",
        "secrets_dir": f"{SECRETS_ROOT}/{name}",
    }


def _routes(containers: Sequence[object], live_dir: Path) -> dict[str, str]:
    processes = [Process.parse(each) for each in containers]
    return {slot: routes.text(slot, processes, live_dir, "declared_") for slot in SLOTS}


def _clashes(apps: Sequence[Mapping[str, object]], declared: Sequence[Mapping[str, object]]) -> list[str]:
    problems: list[str] = []
    owner: dict[tuple[str, object], tuple[int, str]] = {}
    for at, app in enumerate(apps):
        for path, what, value, origin in _claims(app, declared[at], f"slipway_apps[{at}]"):
            first = owner.setdefault((what, value), (at, path))
            # Apps of one name have one port as well, unless they say otherwise.
            follows = what == LOOPBACK_PORT and first[0] != at and apps[first[0]]["name"] == app["name"]
            if first[1] != path and not (follows and not app["loopback_port"]):
                way_out = " Set loopback_port of one of them." if what == LOOPBACK_PORT else ""
                text = f"{path}: {what} {value} is taken by {first[1]}.{way_out}"
                given = declared[at]
                keys = {str(key): key for key in given}
                problems.append(Problem(text, place_of(origin, keys.get("name"), given)))
    return problems


def _claims(
    app: Mapping[str, object], declared: Mapping[str, object], path: str
) -> Iterator[tuple[str, str, object, object]]:
    """Yield what only one on a host can have: the path of who claims it, what it is, its value, where it stands."""
    if not app:
        return
    keys = {str(key): key for key in declared}
    yield path, "name", app["name"], keys.get("name")
    for key in ("domains", "redirects"):
        names = declared.get(key)
        for name in names if isinstance(names, list) else []:
            yield path if key == "domains" else f"{path}.{key}", "domain", str(name), name
    containers = app.get("containers")
    for container in containers if isinstance(containers, list) else [{**app, "name": MAIN}]:
        whose = path if container["name"] == MAIN else f"{path}.processes.{container['name']}"
        slots = container["slots"]
        for slot in slots.values() if isinstance(slots, dict) else ():
            yield whose, LOOPBACK_PORT, slot["port"], keys.get("loopback_port" if whose == path else "processes")


def _names(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
