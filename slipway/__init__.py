"""The command `slipway`, on the control machine.

It shares code with the plugins of the collection `slipway.kit`, which never import it.
"""

__version__ = "0.1.0"
