"""Check `slipway_apps` and fill in defaults and derived values."""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Mapping, Sequence
from typing import Self

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED, SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .fields import FIELDS, Field
from .spelling import suggestion
from .values import SET_BY_THE_KIT, copied, encodable, not_text, shown, unusable

APPS_ROOT = "/var/lib/slipway/apps"
SECRETS_ROOT = "/etc/slipway/secrets"
# Below the kernel's ephemeral range (32768 on), above what services commonly use.
FIRST_LOOPBACK_PORT = 20000
LOOPBACK_PAIRS = 5000


class Problem(str):
    """A sentence about what is declared wrongly, and `file:line` where it stands; '' where that is not known."""

    __slots__ = ("place",)
    place: str

    def __new__(cls, text: str, place: str) -> Self:
        """Make a sentence with its place."""
        made = super().__new__(cls, text)
        made.place = place
        return made


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
        A new list, same order. On top of `FIELDS` each app has `slots` ({"blue": {"port": int}, "green": ...})
        and the absolute paths on the host `root`, `data_dir`, `live_dir` and `secrets_dir`.

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
    keys = {str(key): key for key in app}
    for key in keys.values():
        if key not in FIELDS:
            problems.append(Problem(f"{path}.{key}: unknown key{_did_you_mean(str(key), FIELDS)}.", place_of(key, app)))
    done: dict[str, object] = {}
    for key, field in FIELDS.items():
        value = app.get(key)
        if value is None:
            if field.required:
                problems.append(Problem(f"{path}.{key}: missing ({field.meaning}).", place_of(app)))
            done[key] = copied(field.default)
        else:
            found = _faults(value, field, f"{path}.{key}", key)
            problems += [_placed(one, place_of(keys[key], app)) for one in found]
            done[key] = copied(value)
    problems += [Problem(text, place_of(keys.get(key), app)) for key, text in _cross_faults(done, path)]
    done.update(_derived(done))
    return done


def _placed(text: str, place: str) -> Problem:
    """Return a sentence with its own place, or else with this one."""
    return Problem(text, getattr(text, "place", "") or place)


def _faults(value: object, field: Field, path: str, key: str) -> list[str]:
    match field.kind:
        case "text":
            return _text_faults(value, field, path, key)
        case "flag":
            return [] if isinstance(value, bool) else [f"{path}: true or false is wanted, this is {shown(value)}."]
        case "whole" | "number":
            return _number_faults(value, field, path)
        case "texts":
            if not isinstance(value, list) or (field.required and not value):
                return [f"{path}: a list is wanted ({field.meaning}), this is {shown(value)}."]
            return [
                Problem(fault, place_of(item))
                for at, item in enumerate(value)
                for fault in _text_faults(item, field, f"{path}[{at}]", key)
            ]
        case "table":
            return _table_faults(value, field, path)


def _text_faults(value: object, field: Field, path: str, key: str) -> list[str]:
    if not isinstance(value, str) or not value:
        return [f"{path}: text is wanted ({field.meaning}), this is {shown(value)}."]
    if field.choices and value not in field.choices:
        return [f"{path}: {shown(value)} is not one of {', '.join(field.choices)}."]
    if field.form and not field.form.fullmatch(value):
        hint = suggestion(key, value)
        return [f"{path}: {shown(value)} has not the right form ({field.meaning}).{f' {hint}' if hint else ''}"]
    if key == "data_path":
        return [f"{path}: {fault}" for fault in unusable(value)]
    return []


def _number_faults(value: object, field: Field, path: str) -> list[str]:
    wanted = "a whole number" if field.kind == "whole" else "a number"
    types = (int,) if field.kind == "whole" else (int, float)
    if isinstance(value, bool) or not isinstance(value, types):
        return [f"{path}: {wanted} is wanted ({field.meaning}), this is {shown(value)}."]
    low, high = field.smallest, field.largest
    if (low is not None and value < low) or (high is not None and value > high):
        return [f"{path}: {value} is outside {low} to {high} ({field.meaning})."]
    return []


def _table_faults(value: object, field: Field, path: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: a mapping is wanted ({field.meaning}), this is {shown(value)}."]
    faults: list[str] = []
    for key, item in value.items():
        where = place_of(key, item)
        if not isinstance(key, str) or (field.form and not field.form.fullmatch(key)):
            hint = suggestion("env", str(key))
            faults.append(Problem(f"{path}.{key}: the name has not the right form ({field.meaning}). {hint}", where))
        elif key in SET_BY_THE_KIT:
            faults.append(Problem(f"{path}.{key}: the kit sets it: {SET_BY_THE_KIT[key]}. Use another name.", where))
        if not isinstance(item, str):
            faults.append(Problem(f"{path}.{key}: {not_text(key, item)}", where))
        elif "\0" in item or not encodable(item):
            faults.append(Problem(f"{path}.{key}: an environment can't hold this text: {shown(item)}.", where))
    return faults


def _cross_faults(app: Mapping[str, object], path: str) -> list[tuple[str, str]]:
    faults = []
    if (app["image"] is None) == (app["build"] is None):
        faults.append(("build", f"{path}: exactly one of `image` (pull it) and `build` (build it here) is wanted."))
    image = app["image"]
    if isinstance(image, str) and "@sha256:" not in image:
        text = f"{path}.image: {shown(image)} is not pinned; write name@sha256:... to always get the same bytes."
        faults.append(("image", text))
    port = app["loopback_port"]
    if isinstance(port, int) and port % 2:
        text = f"{path}.loopback_port: {port} is odd; blue takes an even port, green the next."
        faults.append(("loopback_port", text))
    return faults


def _derived(app: Mapping[str, object]) -> dict[str, object]:
    name = str(app["name"])
    blue = app["loopback_port"] or FIRST_LOOPBACK_PORT + 2 * (zlib.crc32(name.encode()) % LOOPBACK_PAIRS)
    root = f"{APPS_ROOT}/{name}"
    return {
        "slots": {"blue": {"port": blue}, "green": {"port": blue + 1 if isinstance(blue, int) else blue}},
        "root": root,
        "data_dir": f"{root}/data",
        "live_dir": f"{root}/live",
        "secrets_dir": f"{SECRETS_ROOT}/{name}",
    }


def _clashes(apps: Sequence[Mapping[str, object]], declared: Sequence[Mapping[str, object]]) -> list[str]:
    problems: list[str] = []
    owner: dict[object, str] = {}
    for at, app in enumerate(apps):
        if not app:
            continue
        slots, domains = app["slots"], app["domains"]
        ports = [slot["port"] for slot in slots.values()] if isinstance(slots, dict) else []
        names = domains if isinstance(domains, list) else []
        claims: list[tuple[str, object]] = [("name", app["name"])]
        claims += [("domain", name) for name in names] + [("loopback port", port) for port in ports]
        for what, value in claims:
            first = owner.setdefault((what, value), f"slipway_apps[{at}]")
            if first != f"slipway_apps[{at}]":
                way_out = " Set loopback_port of one of them." if what == "loopback port" else ""
                text = f"slipway_apps[{at}]: {what} {value} is taken by {first}.{way_out}"
                problems.append(Problem(text, place_of(declared[at].get("name"), declared[at])))
    return problems


def _did_you_mean(key: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""
