"""Secrets of a review app: made up on its host, and kept there as long as the app."""

from __future__ import annotations

from collections.abc import Sequence

from . import files
from .app import App, Secret
from .secret_value import generate

# Beside the secrets of its releases, so that it goes with the review app.
FOLDER = ".made-up"


def made_up(app: App, names: Sequence[str], *, check_mode: bool) -> dict[str, Secret]:
    """Return a value for each name: the one that was made up before, else a new one, kept from now on.

    A branch's code reads them, so none of them is of use anywhere else; their forms are those of `slipway init`.

    Args:
        app: a review app; its folder for secrets exists unless `check_mode`.
        names: of secrets.
        check_mode: keep nothing.
    """
    folder = app.secrets_dir / FOLDER
    if not check_mode:
        files.folder(folder, mode=0o700)
        for name in names:
            if files.read_text(folder / name) is None:
                files.write(folder / name, generate(name).encode(), mode=0o400)
    return {name: Secret(files.read_text(folder / name) or generate(name)) for name in names}
