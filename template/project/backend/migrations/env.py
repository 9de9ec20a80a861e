"""How migrations run: one at a time, and none that waits long for a lock while the old release serves visitors."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import text

from app.database import engine
from app.models import Base
from app.models.base import Moment

# Any number will do, as long as every migration of this database takes the same one.
LOCK = 7_263_541
LONGEST_WAIT = "5s"


def plainly(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own type as what it is in the database: a migration must run when the models have gone on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    """Run the migrations that are asked for; each is a transaction of its own."""
    with engine().connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.execute(text(f"SET lock_timeout = '{LONGEST_WAIT}'"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            render_item=plainly,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
