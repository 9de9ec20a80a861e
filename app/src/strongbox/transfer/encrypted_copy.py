"""A person's own database as a file, encrypted with their own passphrase; any SQLCipher 4 program opens it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from strongbox.vault import cipher

NAME = ".export.db"


def make(connection: cipher.Connection, folder: Path, passphrase: str) -> BinaryIO:
    """Return the copy, open for reading and already without a name: when it is closed, it is gone from the disk.

    It lies in the vault's own folder, and is encrypted from the start.

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
        return file.open("rb")
    finally:
        file.unlink(missing_ok=True)
