"""A person's own database as a file, encrypted with their own passphrase; any SQLCipher 4 program opens it."""

from __future__ import annotations

from pathlib import Path

from strongbox.vault import cipher

NAME = ".export.db"


def make(connection: cipher.Connection, folder: Path, passphrase: str) -> bytes:
    """Return the copy. It is on disk only for a moment, in the vault's own folder, and encrypted from the start.

    Args:
        connection: of the opened vault, whose lock keeps others out of the folder.
        folder: of the vault.
        passphrase: for the copy.
    """
    file = folder / NAME
    file.unlink(missing_ok=True)
    try:
        cipher.attach(connection, file, "copy", passphrase)
        connection.execute("SELECT sqlcipher_export('copy')").fetchone()
        connection.execute("DETACH DATABASE copy")
        return file.read_bytes()
    finally:
        file.unlink(missing_ok=True)
