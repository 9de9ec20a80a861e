"""How much one person may keep: so that nobody fills the disk, and everything kept can be taken along again."""

from __future__ import annotations

from dataclasses import dataclass

from strongbox.vault.cipher import Connection

MIB = 1024 * 1024


@dataclass(frozen=True)
class Size:
    """How much a vault holds.

    Attributes:
        records: their number.
        bytes: of the database's pages that hold something.
    """

    records: int
    bytes: int


@dataclass(frozen=True)
class Ceiling:
    """How much a vault may hold.

    Attributes:
        records: at most so many.
        mib: and so large, in MiB.
    """

    records: int = 10_000
    mib: int = 20

    def allows(self, after: Size, before: Size) -> bool:
        """Tell whether a change may stay. A vault that was above the ceiling must not grow, and may change."""
        return after.records <= max(self.records, before.records) and after.bytes <= max(self.mib * MIB, before.bytes)


def size_of(connection: Connection) -> Size:
    """Measure a vault, the open transaction included."""
    pages, free, page_bytes = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    (records,) = connection.execute("SELECT count(*) FROM records").fetchone()
    return Size(int(records), (pages - free) * page_bytes)
