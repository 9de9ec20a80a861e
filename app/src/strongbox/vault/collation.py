"""How texts are compared when one searches and sorts: SQLite by itself knows the letters of ASCII only.

SQLCipher's library comes without ICU, so these are functions that a connection is given. They are in no index and no
trigger: the release before opens the same database without them.
"""

from __future__ import annotations

import unicodedata

from strongbox.vault.cipher import Connection


def install(connection: Connection) -> None:
    """Give a connection the SQL functions `folded(text)` and `sort_key(text)`."""
    connection.create_function("folded", 1, folded, deterministic=True)
    connection.create_function("sort_key", 1, sort_key, deterministic=True)


def folded(text: str) -> str:
    """Return a text without its case, and each letter with its accents in one way of writing (Unicode, 3.13.5)."""
    if text.isascii():
        return text.lower()
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", text.casefold())


def sort_key(text: str) -> str:
    """Return what puts texts into a dictionary's order: letters first, accents only between texts that are else equal.

    It is what most European languages do; Swedish readers find å with a, as in any program without their locale.
    """
    whole = folded(text)
    if whole.isascii():
        return whole
    letters = "".join(char for char in unicodedata.normalize("NFKD", whole) if not unicodedata.combining(char))
    return f"{letters}\x01{whole}"
