"""Variables that no role owns, that are missing, or of the wrong type."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .inventory import Declared

# The one in C, where PyYAML has it, is ten times as fast: nearly a second for all roles.
SAFE: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Options = dict[str, dict[str, object]]
Place = Callable[[str], str]
# How like one of Ansible's own variables a name must be to be a slip.
SLIP = 0.9

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


def strangers(
    found: Iterable[Declared], specs: Mapping[str, Options], of_ansible: Collection[str] = ()
) -> list[Finding]:
    """Return a finding for each variable that no role owns: Ansible itself would pass it over in silence.

    Args:
        found: what the inventory sets.
        specs: the options of each role.
        of_ansible: Ansible's own variables. One that is nearly one of them is taken for a slip.
    """
    owned = sorted({key for options in specs.values() for key in options})
    findings = []
    for one in found:
        if one.key in owned or one.key in of_ansible:
            continue
        what = f"No role has a variable `{one.key}`{did_you_mean(one.key, [*owned, *of_ansible])}."
        if one.key.startswith(FOREIGN_PREFIXES):
            close = difflib.get_close_matches(one.key, of_ansible, n=1, cutoff=SLIP)
            if not one.key.startswith("ansible_") or not close:
                continue
            what = f"Ansible has no variable `{one.key}` (did you mean `{close[0]}`?)."
        findings.append(Finding("UNKNOWN_VARIABLE", what, one.place, "correct or remove it there"))
    return findings


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """Return ` (did you mean `x`?)`, or nothing where no name is close."""
    close = difflib.get_close_matches(key, list(known), n=1, cutoff=0.75)
    return f" (did you mean `{close[0]}`?)" if close else ""


def faults(role: str, options: Options, values: Mapping[str, object], place: Place) -> list[Finding]:
    """Return what Ansible's own validation would say of a role's inputs when the role starts, one finding per value.

    Args:
        role: name of the role.
        options: of its argument specification.
        values: variable to value, templates resolved; other roles' variables are left out of the check.
        place: returns where the inventory sets a variable.
    """
    command = f"ansible-doc -t role -r roles {role}"
    problems = []
    for name, option in options.items():
        value = values.get(name)
        if value is not None:
            problems += [
                Finding("BAD_VARIABLE", what, where, command)
                for what, where in _wrong(name, value, option, place(name))
            ]
        elif option.get("required"):
            problems.append(Finding("MISSING_VARIABLE", _missing(name, role, option), place(name), command))
    return problems


def _wrong(path: str, value: object, option: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a value, and where that part of it stands."""
    nested, elements = option.get("options"), option.get("elements")
    if isinstance(value, list) and elements:
        inner = {"type": elements, **({"options": nested} if nested else {})}
        for at, item in enumerate(value):
            yield from _wrong(f"{path}[{at}]", item, {**inner, "no_log": option.get("no_log")}, place_of(item) or place)
    elif isinstance(value, Mapping) and isinstance(nested, Mapping):
        yield from _wrong_keys(path, value, nested, place)
    elif message := _complaint(path.rpartition(".")[2], option, value):
        yield _sentence(path, message, option, value), place


def _wrong_keys(
    path: str, value: Mapping[str, object], nested: Mapping[str, Mapping[str, object]], place: str
) -> Iterator[tuple[str, str]]:
    for key in value:
        if key not in nested:
            yield f"`{path}.{key}` is an unknown key{did_you_mean(str(key), nested)}.", place_of(key) or place
        elif value[key] is not None:
            yield from _wrong(f"{path}.{key}", value[key], nested[key], place_of(key) or place)
    for key, option in nested.items():
        if option.get("required") and value.get(key) is None:
            yield f"`{path}.{key}` is missing: {_meaning(option)}.", place


def _complaint(name: str, option: Mapping[str, object], value: object) -> str:
    kept = {key: one for key, one in option.items() if key in {"type", "elements", "choices"} and one is not None}
    messages = ArgumentSpecValidator({name: kept}).validate({name: value}).error_messages
    return str(messages[0]) if messages else ""


def _missing(name: str, role: str, option: Mapping[str, object]) -> str:
    return f"`{name}` is not set; role {role} needs it: {_meaning(option)}."


def _meaning(option: Mapping[str, object]) -> str:
    text = option.get("description", "")
    meaning = " ".join(text) if isinstance(text, list) else str(text)
    return meaning.split(". ")[0].rstrip(".")


def _sentence(path: str, message: str, option: Mapping[str, object], value: object) -> str:
    if option.get("no_log"):
        return f"`{path}` has not the form that its role wants; the value is a secret and not shown."
    if "is of type" in message:
        return f"`{path}` wants a value of type {option.get('type')}; this is {value!r}."
    text = " ".join(message.split()).rstrip(".")
    return f"{text}." if path in text else f"`{path}`: {text}."
