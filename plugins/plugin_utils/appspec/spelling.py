"""The spelling that was probably meant, for a text of an app that has not the form of its field."""

from __future__ import annotations

import posixpath
import re

import idna


def suggestion(field: str, value: str) -> str:
    """Return a sentence that says what is wrong with the text, or which one to write; empty where nothing is near.

    Args:
        field: key of the app.
        value: what stands there.
    """
    hints = {"domains": _domain, "redirects": _domain, "name": _name, "secrets": _secret, "env": _variable}
    if field.endswith("_path"):
        return _path(value)
    return hints[field](value) if field in hints else ""


def _domain(value: str) -> str:
    host = re.sub(r"^[a-z]+://", "", value, flags=re.IGNORECASE)
    bare = re.sub(r":\d+$", "", host.partition("/")[0])
    if value.startswith("*."):
        return f"Wildcards are not served: name each site, for example www{value[1:]}."
    if bare != value:
        return _write(_ascii(bare), "It is a name, without https://, port and path.")
    if not value.isascii():
        return _write(_ascii(value), "In DNS it is spelled in ASCII.")
    if "_" in value:
        return "Host names have no `_`."
    return _write(value.strip().rstrip(".").lower(), "Names are in lower case, without a dot at the end.")


def _ascii(name: str) -> str:
    """Return a name as DNS spells it (RFC 5891, UTS 46); empty where it can't be one."""
    try:
        return idna.encode(name.lower(), uts46=True).decode()
    except idna.IDNAError:
        return ""


def _name(value: str) -> str:
    cleaned = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:31].lstrip("0123456789-")
    return _write(cleaned, "Names are in lower case: letters, digits and `-`, a letter first, 31 at most.")


def _secret(value: str) -> str:
    cleaned = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_").lstrip("0123456789_")
    return _write(cleaned, "Names are in lower case: letters, digits and `_`, a letter first.")


def _variable(value: str) -> str:
    cleaned = re.sub(r"[^A-Z0-9]+", "_", value.upper()).strip("_")
    return _write(cleaned, "Names are in upper case: letters, digits and `_`.")


def _path(value: str) -> str:
    path = re.split(r"[?#]", value, maxsplit=1)[0]
    if path != value:
        return _write(path, "It is a path, without ? and #.")
    return _write(posixpath.normpath(f"/{value.strip().lstrip('/')}"), "It begins with / and has no spaces.")


def _write(text: str, why: str) -> str:
    return f"{why} Write `{text}`." if text else why
