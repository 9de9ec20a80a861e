"""What an app is: the one schema of `slipway_apps`, shared by roles, templates and commands."""

from __future__ import annotations

from .parse import AppSpecError, complete

__all__ = ["AppSpecError", "complete"]
