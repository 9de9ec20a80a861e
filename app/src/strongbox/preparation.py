"""What must be on disk before the first request."""

from __future__ import annotations

from strongbox.accounts import database
from strongbox.services import Services
from strongbox.vault import schema

DATA_SCHEMA = schema.CURRENT + 1
"""The image's label `org.slipway.schema`: how many migrations there are, of vaults and of accounts.db together."""


def prepare(parts: Services) -> None:
    """Make the data folder, bring accounts.db to this release's schema, and tidy up after crashes.

    Doing it again does nothing; a new release does it before the old one stops serving.
    """
    database.upgrade(parts.settings.data_dir)
    parts.vaults.ring.record_use(parts.vaults.check_file)
    parts.vaults.sweep()
