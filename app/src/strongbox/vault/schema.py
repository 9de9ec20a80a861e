"""The shape of a vault's database, as numbered migrations.

Each runs in one transaction and is noted in `PRAGMA user_version`, lazily at opening and eagerly at a release.
During a release the old version of the app still serves, and after a rollback it serves again. So migrations only
add; one that must break older releases raises `oldest_reader`, the lowest schema number that can still work with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from strongbox.exceptions import VaultTooNew
from strongbox.vault.cipher import Connection, in_memory, transaction


@dataclass(frozen=True, slots=True)
class Migration:
    """Statements that lead from one schema number to the next.

    Attributes:
        statements: SQL, run in order.
        oldest_reader: the oldest schema number whose code can work with the result.
    """

    statements: tuple[str, ...]
    oldest_reader: int = 1


MIGRATIONS = (
    Migration(
        (
            """CREATE TABLE compatibility (oldest_reader INTEGER NOT NULL) STRICT""",
            """INSERT INTO compatibility VALUES (1)""",
            """CREATE TABLE records (
                id TEXT PRIMARY KEY,
                revision INTEGER NOT NULL,
                title TEXT NOT NULL,
                username TEXT NOT NULL,
                secret TEXT NOT NULL,
                url TEXT NOT NULL,
                notes TEXT NOT NULL,
                otp TEXT NOT NULL,
                tags TEXT NOT NULL CHECK (json_valid(tags)),
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL
            ) STRICT""",
            """CREATE TABLE revisions (
                record_id TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
                revision INTEGER NOT NULL,
                title TEXT NOT NULL,
                username TEXT NOT NULL,
                secret TEXT NOT NULL,
                url TEXT NOT NULL,
                notes TEXT NOT NULL,
                otp TEXT NOT NULL,
                tags TEXT NOT NULL,
                updated_at TEXT NOT NULL,
                PRIMARY KEY (record_id, revision)
            ) STRICT, WITHOUT ROWID""",
        )
    ),
    Migration(("CREATE INDEX records_by_title ON records (title COLLATE NOCASE, id)",)),
)

CURRENT = len(MIGRATIONS)


def migrate(connection: Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """Bring a database to the newest schema, one transaction a step; return how many steps were taken.

    Stopped midway, it goes on at the next opening.

    Raises:
        VaultTooNew: a newer release wrote it, and said that this one can't read it.
    """
    found = version(connection)
    if found > len(migrations):
        _require_readable(connection, len(migrations))
        return 0
    for number, migration in enumerate(migrations[found:], start=found + 1):
        with transaction(connection):
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("UPDATE compatibility SET oldest_reader = ?", (migration.oldest_reader,))
            connection.execute(f"PRAGMA user_version = {number:d}")
    return len(migrations) - found


def version(connection: Connection) -> int:
    """Return the schema number of a database; 0 is an empty one."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def tables(connection: Connection, schema: str = "main") -> dict[str, str]:
    """Return how each table of a database was made, by its name; views count too, for they can stand in for tables."""
    # The name of a schema is a constant of ours.
    rows = connection.execute(f"SELECT name, sql FROM {schema}.sqlite_master WHERE type IN ('table', 'view')")  # noqa: S608
    return {str(name): str(sql) for name, sql in rows}


def is_ours(found: dict[str, str]) -> bool:
    """Tell whether tables are those of this or an earlier schema number, to the letter."""
    for number in range(1, CURRENT + 1):
        with in_memory() as empty:
            migrate(empty, MIGRATIONS[:number])
            if tables(empty) == found:
                return True
    return False


def _require_readable(connection: Connection, mine: int) -> None:
    oldest: int = connection.execute("SELECT oldest_reader FROM compatibility").fetchone()[0]
    if oldest > mine:
        raise VaultTooNew(
            f"This database has schema {version(connection)}, which needs a release of schema {oldest} or newer; "
            f"this one knows {mine}. Deploy the newer release again."
        )
