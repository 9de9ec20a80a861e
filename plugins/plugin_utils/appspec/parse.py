"""Check `slipway_apps` and fill in defaults and derived values."""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Mapping, Sequence

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED, SlipwayError

from .fields import FIELDS, Field

APPS_ROOT = "/var/lib/slipway/apps"
SECRETS_ROOT = "/etc/slipway/secrets"
# Below the kernel's ephemeral range (32768 on), above what services commonly use.
FIRST_LOOPBACK_PORT = 20000
LOOPBACK_PAIRS = 5000


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
        raise AppSpecError([f"slipway_apps: a list of apps is wanted, this is {_shown(apps)}."])
    problems: list[str] = []
    done = [_complete_one(app, f"slipway_apps[{at}]", problems) for at, app in enumerate(apps)]
    if not problems:
        problems += _clashes(done)
    if problems:
        raise AppSpecError(problems)
    return done


def _complete_one(app: object, path: str, problems: list[str]) -> dict[str, object]:
    if not isinstance(app, Mapping):
        problems.append(f"{path}: a mapping is wanted, this is {_shown(app)}.")
        return {}
    for key in app:
        if key not in FIELDS:
            problems.append(f"{path}.{key}: unknown key{_did_you_mean(str(key), FIELDS)}.")
    done: dict[str, object] = {}
    for key, field in FIELDS.items():
        value = app.get(key)
        if value is None:
            if field.required:
                problems.append(f"{path}.{key}: missing ({field.meaning}).")
            done[key] = _copied(field.default)
        else:
            problems += _faults(value, field, f"{path}.{key}")
            done[key] = _copied(value)
    problems += _cross_faults(done, path)
    done.update(_derived(done))
    return done


def _copied(value: object) -> object:
    """Return a copy without Ansible's lazy containers: copy.deepcopy would copy its whole templating engine along."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def _faults(value: object, field: Field, path: str) -> list[str]:
    match field.kind:
        case "text":
            return _text_faults(value, field, path)
        case "flag":
            return [] if isinstance(value, bool) else [f"{path}: true or false is wanted, this is {_shown(value)}."]
        case "whole" | "number":
            return _number_faults(value, field, path)
        case "texts":
            if not isinstance(value, list) or (field.required and not value):
                return [f"{path}: a list is wanted ({field.meaning}), this is {_shown(value)}."]
            return [fault for at, item in enumerate(value) for fault in _text_faults(item, field, f"{path}[{at}]")]
        case "table":
            return _table_faults(value, field, path)


def _text_faults(value: object, field: Field, path: str) -> list[str]:
    if not isinstance(value, str) or not value:
        return [f"{path}: text is wanted ({field.meaning}), this is {_shown(value)}."]
    if field.choices and value not in field.choices:
        return [f"{path}: {_shown(value)} is not one of {', '.join(field.choices)}."]
    if field.form and not field.form.fullmatch(value):
        return [f"{path}: {_shown(value)} has not the right form ({field.meaning})."]
    return []


def _number_faults(value: object, field: Field, path: str) -> list[str]:
    wanted = "a whole number" if field.kind == "whole" else "a number"
    types = (int,) if field.kind == "whole" else (int, float)
    if isinstance(value, bool) or not isinstance(value, types):
        return [f"{path}: {wanted} is wanted ({field.meaning}), this is {_shown(value)}."]
    low, high = field.smallest, field.largest
    if (low is not None and value < low) or (high is not None and value > high):
        return [f"{path}: {value} is outside {low} to {high} ({field.meaning})."]
    return []


def _table_faults(value: object, field: Field, path: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: a mapping is wanted ({field.meaning}), this is {_shown(value)}."]
    faults = []
    for key, item in value.items():
        if not isinstance(key, str) or (field.form and not field.form.fullmatch(key)):
            faults.append(f"{path}.{key}: the name has not the right form ({field.meaning}).")
        if isinstance(item, Mapping | list) or item is None:
            faults.append(f"{path}.{key}: text or a number is wanted, this is {_shown(item)}.")
    return faults


def _cross_faults(app: Mapping[str, object], path: str) -> list[str]:
    faults = []
    if (app["image"] is None) == (app["build"] is None):
        faults.append(f"{path}: exactly one of `image` (pull it) and `build` (build it here) is wanted.")
    image = app["image"]
    if isinstance(image, str) and "@sha256:" not in image:
        faults.append(
            f"{path}.image: {_shown(image)} is not pinned; write name@sha256:... to always get the same bytes."
        )
    port = app["loopback_port"]
    if isinstance(port, int) and port % 2:
        faults.append(f"{path}.loopback_port: {port} is odd; blue takes an even port, green the next.")
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


def _clashes(apps: Sequence[Mapping[str, object]]) -> list[str]:
    problems: list[str] = []
    owner: dict[object, str] = {}
    for at, app in enumerate(apps):
        slots, domains = app["slots"], app["domains"]
        ports = [slot["port"] for slot in slots.values()] if isinstance(slots, dict) else []
        names = domains if isinstance(domains, list) else []
        claims: list[tuple[str, object]] = [("name", app["name"])]
        claims += [("domain", name) for name in names] + [("loopback port", port) for port in ports]
        for what, value in claims:
            first = owner.setdefault((what, value), f"slipway_apps[{at}]")
            if first != f"slipway_apps[{at}]":
                way_out = " Set loopback_port of one of them." if what == "loopback port" else ""
                problems.append(f"slipway_apps[{at}]: {what} {value} is taken by {first}.{way_out}")
    return problems


def _did_you_mean(key: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - fits a line of 80 columns with its path
