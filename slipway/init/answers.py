"""The questions of `slipway init`, and the checks of each answer."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.fields import DOMAIN, NAME
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.values import encodable
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import LINE, shown

Check = Callable[[str], str | None]

USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
# One @, something on both sides and a dot behind it: what certificate authorities insist on.
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,30}")
PINNED_IMAGE = re.compile(r"\S+@sha256:[0-9a-f]{64}")
MAX_PORT = 65535
# `tunnel` wants settings that only the role `tunnel` explains.
EXPOSURES = ("public", "lan", "private")
EMBEDDED_APP = "strongbox"


@dataclass(frozen=True)
class Question:
    """One input: the variable that answers it, the words that ask for it, and what is wrong with a bad answer."""

    variable: str
    words: str
    check: Check
    default: str = ""


def fault_of(question: Question, value: str) -> str | None:
    """Return what is wrong with an answer, None where nothing is.

    What is written to the inventory is read by Ansible, which would run what stands between the marks of a template.
    """
    if value and not LINE.fits(value):
        return f"'{shown(value)}' is not {LINE.words}."
    if not encodable(value):
        return f"'{shown(value)}' is not text in UTF-8."
    return question.check(value)


def matches(pattern: re.Pattern[str], wanted: str) -> Check:
    """Return a check that refuses what the pattern does not match as a whole."""
    return lambda value: None if pattern.fullmatch(value) else f"{value!r} is not {wanted}."


def check_host(value: str) -> str | None:
    """Refuse what is neither an IP address nor a host name."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return None if DOMAIN.fullmatch(value) else f"{value!r} is neither an IP address nor a host name."
    return None


def check_port(value: str) -> str | None:
    """Refuse what is no TCP port."""
    if value.isascii() and value.isdigit() and 1 <= int(value) <= MAX_PORT:
        return None
    return f"{value!r} is not a port from 1 to {MAX_PORT}."


def check_exposure(value: str) -> str | None:
    """Refuse an exposure that `slipway init` can't set up."""
    return None if value in EXPOSURES else f"{value!r} is not one of {', '.join(EXPOSURES)}."


def check_source(value: str) -> str | None:
    """Refuse what is neither a folder with a Dockerfile nor an image pinned by its digest."""
    if PINNED_IMAGE.fullmatch(value) or _is_file(f"{value}/Dockerfile"):
        return None
    return f"{value!r} is neither a folder with a Dockerfile nor an image pinned as name@sha256:..."


def check_key(value: str) -> str | None:
    """Refuse a private key file that is not there."""
    return None if not value or _is_file(value) else f"there is no file {value!r}."


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, RuntimeError):  # a name that is too long; `~somebody` who does not exist
        return False


def host_questions() -> list[Question]:
    """Return what to ask about a host whose apps are declared already, in order."""
    return [
        Question("HOST", "Address or name of the host", check_host),
        Question(
            "SSH_USER", "SSH user (root, or one who may sudo without a password)", matches(USER, "a user"), "root"
        ),
        Question("SSH_PORT", "SSH port", check_port, "22"),
        Question("SSH_KEY", "Private key file (empty: what ssh uses by itself)", check_key),
        Question("EMAIL", "E-mail for certificate notices", matches(EMAIL, "an e-mail address")),
    ]


def questions(given: Mapping[str, str]) -> list[Question]:
    """Return what to ask, in order; an app of one's own has one question more than the embedded one."""
    app = given.get("APP") or EMBEDDED_APP
    *host, email = host_questions()
    asked = [
        *host,
        Question("APP", "Name of the app", matches(NAME, "a lower-case name of an app"), EMBEDDED_APP),
        Question("DOMAIN", "Domain that visitors use", matches(DOMAIN, "a domain in lower case")),
        Question("EXPOSURE", "Who can reach it: public, lan or private", check_exposure, "public"),
        email,
    ]
    if app != EMBEDDED_APP:
        asked.append(Question("SOURCE", "Folder with its Dockerfile, or image pinned as name@sha256:...", check_source))
    return asked
