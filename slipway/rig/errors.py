"""The one error of the rig: a sentence that says what is wrong and what to do."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import SlipwayError


class RigError(SlipwayError):
    """The rig cannot do what was asked; the message names the way out."""
