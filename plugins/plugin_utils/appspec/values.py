"""What a value of an app may be: text that stays text, and a place for data that hides nothing."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping

from ansible_collections.slipway.kit.plugins.plugin_utils.origins import written

# Names that the kit gives a meaning in each container.
SET_BY_THE_KIT = {"RELEASE": "the id of the release that runs"}
# Where a data directory would hide the image itself, and where the kit or the system puts something else.
HOLDS_THE_IMAGE = frozenset({"/", "/app", "/opt", "/root", "/var", "/var/lib"})
SYSTEM_FOLDERS = {
    "/tmp": "it is memory, new with each release",  # noqa: S108 - a path in the container
    "/run": "the secrets are there, in memory",
    "/var/run": "it is /run, where the secrets are",
    **dict.fromkeys(("/proc", "/sys", "/dev"), "it is the kernel's"),
    **dict.fromkeys(("/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot"), "the system of the image is there"),
}


def copied(value: object) -> object:
    """Return a copy without Ansible's lazy containers: copy.deepcopy would copy its whole templating engine along."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def not_text(key: object, value: object) -> str:
    """Return the sentence about a value that YAML made something else of than text, with the spelling to use.

    Args:
        key: of the mapping that has the value; where it has an origin, what stands in the file is shown.
        value: is not text. For secrets leave the sentence about it to `plugins/plugin_utils/preflight/apps.py`.
    """
    stands = written(key)
    if isinstance(value, Mapping | list):
        form = f"{key}: '{json.dumps(copied(value), default=str)}'"
        return f"text is wanted, this is a {'mapping' if isinstance(value, Mapping) else 'list'}. As JSON: {form}"
    if "{{" in stands:
        form = re.sub(r"\s*\}\}", " | string }}", stands, count=1)
        return f"text is wanted, and the template gives {shown(value)}. Write {key}: {form}"
    if value is None:
        return f'text is wanted, this is nothing. Write {key}: ""   # or leave it out'
    quoted = json.dumps(stands or str(value), ensure_ascii=False)
    return f"text is wanted; YAML reads {stands or 'this'} as {shown(value)}. Write it in quotes: {key}: {quoted}"


def unusable(path: str) -> list[str]:
    """Return what is wrong with a path for the data directory, which hides what the image has there."""
    if path != posixpath.normpath(path) or path.startswith("//"):
        plain = "/" + posixpath.normpath(path).lstrip("/")
        return [f"{path!r} is not a plain path. Write `{plain}`, or another."]
    if path in HOLDS_THE_IMAGE:
        return [f"`{path}` holds what the image consists of, and the data directory would hide it. Try /data."]
    above = next((folder for folder in SYSTEM_FOLDERS if path == folder or path.startswith(f"{folder}/")), None)
    return [f"`{path}` is not the app's: {SYSTEM_FOLDERS[above]}. Try /data."] if above else []


def encodable(text: str) -> bool:
    """Whether a text can be written in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - fits a line of 80 columns with its path
