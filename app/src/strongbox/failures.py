"""What can go wrong, as one tree of errors.

Every message says what is wrong, the value if it may be shown, and the way out.
"""

from __future__ import annotations


class StrongboxError(Exception):
    """Base of all errors that Strongbox raises on purpose."""


class ConfigurationError(StrongboxError):
    """The app must not start like this; nothing was touched."""

    exit_code = 3
