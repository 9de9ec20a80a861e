"""Operations: `flask db|keys|user|snapshot|judge`.

Each says what it did, and exits 0, 1 (failed) or 3 (configuration).
"""

from __future__ import annotations

from flask import Flask

from strongbox.cli import data, keys, users

__all__ = ["install"]


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(data.group)
    app.cli.add_command(data.snapshot)
    app.cli.add_command(data.judge)
    app.cli.add_command(keys.group)
    app.cli.add_command(users.group)
