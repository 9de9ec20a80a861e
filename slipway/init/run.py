"""The steps of `slipway init`: ask, look at the host, write."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.hostreport.sources import addresses_of
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import Target
from slipway.init import files, hostkey, login, vault
from slipway.init.answers import ENVIRONMENT
from slipway.init.ask import Prompt, gather
from slipway.init.declared import is_declared
from slipway.init.errors import InitError

Say = Callable[[str], None]
# What role ssh lets in by default (roles/ssh/defaults/main.yml).
DEFAULT_GROUPS = frozenset({"sudo", "root"})


def run(environment: str, inventories: Path, given: Mapping[str, str], prompt: Prompt | None, say: Say = print) -> Path:
    """Write inventories/<environment> and return it.

    Raises:
        InitError: bad or missing answers, a host that can't be used, or a folder that exists. Nothing is written then.
    """
    if not ENVIRONMENT.fullmatch(environment):
        raise InitError(
            "BAD_ANSWER",
            f"ENV: {environment!r} is not a lower-case name.",
            "the command line",
            "slipway init production",
        )
    folder = inventories / environment
    files.refuse_folder(folder.absolute())
    files.refuse_existing(folder)
    declared = is_declared(folder)
    answers = gather(given, prompt, say, declared=declared)
    target = Target(environment, answers["HOST"], int(answers["SSH_PORT"]), answers["SSH_USER"])
    keys = _pinned(target, given.get("HOST_KEY"), prompt, say)
    known_hosts = "".join(f"{key.line}\n" for key in keys)
    groups = _look(target, known_hosts, answers["SSH_KEY"])
    say(f"{target.user}@{target.address} may log in and become root.")
    own_groups = () if DEFAULT_GROUPS & set(groups) else groups[:1]
    plan = files.Plan(environment, folder, answers, known_hosts, own_groups, declared)
    secrets = files.secret_values(plan)
    if not declared:
        _mention_name(answers, say)
    password_file = vault.password_file(environment)
    written = {"group_vars/all/vault.yml": vault.encrypt(secrets, vault.password(password_file)), **files.render(plan)}
    (files.add if declared else files.write)(folder, written)
    say(_next_steps(environment, folder, password_file))
    return folder


def _pinned(target: Target, expected: str | None, prompt: Prompt | None, say: Say) -> list[hostkey.HostKey]:
    keys = hostkey.scan(target.address, target.port)
    say(f"{target.address} shows the host key {keys[0].kind} {keys[0].fingerprint}")
    answer = None
    if expected is None and prompt is not None:
        answer = prompt("Is it the one that the provider's console shows? Type yes, or the fingerprint: ")
    return hostkey.confirmed(keys, expected, answer)


def _look(target: Target, known_hosts: str, key: str) -> tuple[str, ...]:
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as pinned:
        pinned.write(known_hosts)
        pinned.flush()
        return login.groups(target, Path(pinned.name), key)


def _mention_name(answers: Mapping[str, str], say: Say) -> None:
    """Say when the domain does not lead to the host yet: DNS may come later, preflight insists on it."""
    if answers["EXPOSURE"] != "public":
        return
    domain, host = answers["DOMAIN"], answers["HOST"]
    leads_to, own = set(addresses_of(domain)), set(addresses_of(host))
    if not leads_to & own:
        shown = f"leads to {', '.join(sorted(leads_to))}" if leads_to else "does not resolve"
        say(f"Mind: {domain} {shown}; set its A and AAAA records to {', '.join(sorted(own)) or host}.")


def _next_steps(environment: str, folder: Path, password_file: Path) -> str:
    return f"""
Wrote {folder}, its secrets new and encrypted.
The vault's password is in {password_file}. Keep a copy
where you keep passwords: without it the secrets, and what they protect, are lost.

Next: slipway site {environment}"""
