"""The engine's settings: of daemon.json, of its command line, and of the sockets that systemd opens for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from .sources import output, text

Tree = dict[str, object]

# What the engine's flags are called in daemon.json, where that is not the same.
LISTS = {"host": "hosts", "insecure-registry": "insecure-registries"}
SWITCHES = ("experimental", "icc", "iptables", "live-restore", "no-new-privileges", "userland-proxy")
WORDS = ("group", "ip", "log-driver", "metrics-addr", "seccomp-profile")


def settings() -> Tree:
    """Return what the engine runs with."""
    return started_with(parse(text("/etc/docker/daemon.json")), flags(), sockets())


def parse(content: str) -> Tree:
    """Return the settings of daemon.json, or `unreadable` with the reason."""
    if not content:
        return {"unreadable": "there is none"}
    try:
        settings = json.loads(content)
    except json.JSONDecodeError as error:
        return {"unreadable": str(error)}
    return settings if isinstance(settings, dict) else {"unreadable": "it is not an object"}


def flags() -> list[str]:
    """Return the command line of the engine that runs, empty where none does."""
    number = text("/run/docker.pid").strip()
    return text(f"/proc/{number}/cmdline").split("\0")[1:] if number.isdecimal() else []


def sockets() -> list[str]:
    """Return what systemd listens on for the engine (`-H fd://`), as hosts of the engine."""
    shown = output(["systemctl", "show", "docker.socket", "--property=Listen"])
    places = [
        line.removeprefix("Listen=").partition(" ")[0] for line in shown.splitlines() if line.startswith("Listen=")
    ]
    return [f"unix://{place}" if place.startswith(("/", "@")) else f"tcp://{place}" for place in places]


def started_with(written: Tree, words: Iterable[str], listens: Iterable[str]) -> Tree:
    """Return the engine's settings, those of its command line and of its socket included.

    Args:
        written: of daemon.json, which holds no key that is given as a flag too.
        words: flags of the process, as `--flag value`, `--flag=value` or `-Hvalue`.
        listens: sockets that systemd opens for it.
    """
    result = dict(written)
    for key, value in [*(("host", place) for place in listens), *pairs(list(words))]:
        if key in LISTS:
            result[LISTS[key]] = [*as_list(result.get(LISTS[key])), value]
        elif key in SWITCHES:
            result[key] = value.lower() in {"", "1", "t", "true"}
        elif key in WORDS:
            result[key] = value
    return result


def pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield flags and their values; a switch without one has an empty value."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word.startswith("-H") and len(word) > len("-H"):
            yield "host", word.removeprefix("-H").removeprefix("=")
        elif word.startswith("-"):
            key, sign, value = word.lstrip("-").partition("=")
            takes = not sign and key not in SWITCHES and not following.startswith("-")
            yield {"H": "host"}.get(key, key), following if takes else value


def as_list(value: object) -> list[object]:
    """Return a setting that may be a single value as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
