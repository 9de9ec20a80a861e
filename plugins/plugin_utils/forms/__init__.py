"""The forms of what people, pipelines and registries say: one table for commands, jobs and playbooks.

Ansible takes the text of an extra variable for a template, and a template runs commands on the control machine. So what
comes from outside is matched as a whole against its form here, before anything is touched, and is handed to Ansible
marked as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.fields import NAME

SHOWN = 80  # characters of a bad value, enough to recognise it


@dataclass(frozen=True)
class Form:
    """What a text must match as a whole, and what that is in words. Every pattern bounds its length."""

    pattern: re.Pattern[str]
    words: str

    def fits(self, text: str) -> bool:
        """Say whether the text has this form."""
        return self.pattern.fullmatch(text) is not None


def _form(pattern: str, words: str) -> Form:
    return Form(re.compile(pattern, re.ASCII), words)


ENVIRONMENT = _form(r"[a-z][a-z0-9-]{0,30}", "the lower-case name of an inventory")
APP = Form(NAME, "the lower-case name of an app")
KEPT = _form(r"[a-z][a-z0-9-]{0,30}(?:/[a-z][a-z0-9-]{0,30})?", "the name of an app, or APP/SERVICE")
RELEASE = _form(r"[0-9a-f]{6,40}\+?", "a release id or a Git revision: 6 to 40 hexadecimal digits")
COPY = _form(r"[0-9a-f]{4,64}", "the id of a copy or its beginning: 4 to 64 hexadecimal digits")
MOMENT = _form(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?", "a moment in UTC, such as 2026-11-27 14:30"
)
NUMBER = _form(r"[0-9]{1,24}", "the number of a merge request")
COUNT = _form(r"[1-9][0-9]{0,4}", "a number from 1 to 99999")
FLAG = _form(r"[01]", "1, or not given")
MODE = _form(r"on|off", "on or off")
SWITCH = _form(r"(?i:true|false|yes|no|on|off|[01])", "true or false")
TEMPLATE = re.compile(r"\{[{%#]")
LINE = _form(r"(?:(?!\{[{%#])[^\x00-\x1f\x7f]){1,4096}", "one line without {{, {% or {#")
FOLDER = Form(LINE.pattern, "a folder, in one line without {{, {% or {#")
REPOSITORY = _form(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}", "the name of an image without a tag")
TAG = _form(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}", "the name of an image, with its tag or digest")
IMAGE = _form(
    r"(?:[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}@)?sha256:[0-9a-f]{64}",
    "an image id or name@sha256:..., 64 hexadecimal digits",
)
COMMIT = _form(r"[0-9a-f]{7,64}", "a Git commit")
LOGIN = _form(r"[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,254}", "the login of a person")
DIGITS = _form(r"[0-9]{1,20}", "a number")
URL = _form(r"https?://[A-Za-z0-9._~:/?#@!&()*+,;=%\[\]-]{1,2000}", "an http(s) address")


def has_template(value: object) -> bool:
    """Say whether a text in the value has the marks between which Ansible runs what stands there."""
    if isinstance(value, Mapping):
        return any(has_template(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(map(has_template, value))
    return isinstance(value, str) and TEMPLATE.search(value) is not None


def shown(value: object) -> str:
    """Return a bad value as it may be printed: on one line, and a long one cut."""
    text = value if isinstance(value, str) else repr(value)
    return plain_line(text) if len(text) <= SHOWN else f"{plain_line(text[:SHOWN])}... ({len(text)} characters)"


def as_text(value: object) -> object:
    """Return a value for JSON extra variables in which Ansible takes every text for text, never for a template."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, Mapping):
        return {str(key): as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    return value
