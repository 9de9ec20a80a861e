"""What ends the demo with a sentence."""

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import SlipwayError


class DemoError(SlipwayError):
    """The demo cannot go on; the message says why and what to do."""
