"""The one error of the rig: a sentence that says what is wrong and what to do."""

from __future__ import annotations


class RigError(Exception):
    """The rig cannot do what was asked; the message names the way out."""
