"""Alembic's entry point; `strongbox.accounts.database.upgrade` calls it with a connection."""

from __future__ import annotations

from alembic import context

from strongbox.accounts.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
