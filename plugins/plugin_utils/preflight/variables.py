"""Variables that no role owns, that are missing, or of the wrong type."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

from .inventory import Declared

# The one in C, where PyYAML has it, is ten times as fast: nearly a second for all roles.
SAFE: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Options = dict[str, dict[str, object]]

# Ansible's own, the encrypted twins that only other variables refer to, and what Molecule adds to an inventory.
FOREIGN_PREFIXES = ("ansible_", "vault_", "molecule_")


@functools.cache
def read_specs(roles: Path) -> dict[str, Options]:
    """Return the options of each role's argument specification, every entry point merged."""
    specs: dict[str, Options] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE) or {}  # noqa: S506 - SAFE is a safe loader
        entries = tree.get("argument_specs", {}).values()
        specs[path.parent.parent.name] = {key: option for e in entries for key, option in e.get("options", {}).items()}
    return specs


def strangers(found: Iterable[Declared], specs: Mapping[str, Options]) -> list[Finding]:
    """Return a finding for each variable that no role owns: Ansible itself would pass it over in silence."""
    owned = sorted({key for options in specs.values() for key in options})
    return [
        Finding(
            "UNKNOWN_VARIABLE",
            f"No role has a variable `{one.key}`{did_you_mean(one.key, owned)}.",
            one.place,
            "correct or remove it there",
        )
        for one in found
        if one.key not in owned and not one.key.startswith(FOREIGN_PREFIXES)
    ]


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """Return ` (did you mean `x`?)`, or nothing where no name is close."""
    close = difflib.get_close_matches(key, list(known), n=1, cutoff=0.75)
    return f" (did you mean `{close[0]}`?)" if close else ""


def faults(role: str, options: Options, values: Mapping[str, object], found: Iterable[Declared]) -> list[Finding]:
    """Return what Ansible's own validation would say of a role's inputs when the role starts: missing, type, choice.

    Args:
        role: name of the role.
        options: of its argument specification.
        values: variable to value, templates resolved; other roles' variables are left out of the check.
        found: where the inventory sets them.
    """
    places = {one.key: one.place for one in found}
    problems = []
    for name, option in options.items():
        given = {name: values[name]} if values.get(name) is not None else {}
        for message in _complaints(name, option, given):
            missing = not given
            problems.append(
                Finding(
                    "MISSING_VARIABLE" if missing else "BAD_VARIABLE",
                    _missing(name, role, option) if missing else _wrong(name, message, option, given[name]),
                    places.get(name, "group_vars/all/main.yml of the inventory"),
                    f"ansible-doc -t role -r roles {role}",
                )
            )
    return problems


def _complaints(name: str, option: dict[str, object], given: dict[str, object]) -> list[str]:
    if not given and not option.get("required"):
        return []
    return list(ArgumentSpecValidator({name: _without_docs(option)}).validate(given).error_messages)


def _without_docs(option: Mapping[str, object]) -> dict[str, object]:
    """Drop what is text for people: the validator takes only what a module's argument specification may hold."""
    kept = {key: value for key, value in option.items() if key not in {"description", "version_added"}}
    nested = kept.get("options")
    if isinstance(nested, Mapping):
        kept["options"] = {name: _without_docs(inner) for name, inner in nested.items()}
    return kept


def _missing(name: str, role: str, option: Mapping[str, object]) -> str:
    text = option.get("description", "")
    meaning = " ".join(text) if isinstance(text, list) else str(text)
    return f"`{name}` is not set; role {role} needs it: {meaning.split('. ')[0].rstrip('.')}."


def _wrong(name: str, message: str, option: Mapping[str, object], value: object) -> str:
    if option.get("no_log"):
        return f"`{name}` has not the form that its role wants; the value is a secret and not shown."
    if message.startswith(f"argument '{name}' is of type"):
        return f"`{name}` wants a value of type {option['type']}; this is {value!r}."
    text = " ".join(message.split()).rstrip(".")
    return f"{text}." if name in text else f"`{name}`: {text}."
