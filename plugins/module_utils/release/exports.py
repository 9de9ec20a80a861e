"""Variables that are set from files when a container starts.

Nine of ten apps read `os.environ["SECRET_KEY"]`. What stands in a container's configuration is in every inspection of
it; what a shell exports before it becomes the app is in the memory of that process only.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from .dockerd import Image
from .process import Process

SECRETS = "/run/secrets"


def wrapped(exports: Mapping[str, str], argv: Sequence[str]) -> list[str]:
    """Return a command that exports variables from files and then becomes `argv`; without variables just that."""
    if not exports:
        return list(argv)
    read = "; ".join(f"{name}=$(cat {shlex.quote(f'{SECRETS}/{file}')})" for name, file in sorted(exports.items()))
    return ["/bin/sh", "-c", f'set -eu; {read}; export {" ".join(sorted(exports))}; exec "$@"', "sh", *argv]


def override(processes: Iterable[Process], images: Mapping[str, Image]) -> dict[str, object]:
    """Return a Compose file that goes on top of a release's: the entry points of those that export something.

    Args:
        processes: of the release.
        images: what each image runs, by the process that brings it.
    """
    services: dict[str, object] = {}
    for each in processes:
        if not each.exports:
            continue
        image = images[each.image]
        # An entry point of its own makes Compose forget the image's command.
        command = {} if each.command else {"command": _escaped(image.command)}
        services[each.name] = {"entrypoint": _escaped(wrapped(each.exports, image.entrypoint)), **command}
    return {"services": services} if services else {}


def _escaped(words: Iterable[str]) -> list[str]:
    """Return words that Compose takes as they are."""
    return [word.replace("$", "$$") for word in words]
