"""Measure key rotation: `python bench/rotation.py USERS` prints databases a second and peak memory as JSON.

Every database has 100 records; the copies are made quickly, but each is wrapped, rotated and synced like any other.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import secrets
import shutil
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

from strongbox.secret import Secret
from strongbox.vault import rotation
from strongbox.vault.keyfile import KeyFile, read_key_file
from strongbox.vault.keyring import KeyRing
from strongbox.vault.record import Draft
from strongbox.vault.records import Records
from strongbox.vault.store import VaultStore, utc_now

RECORDS = 100


def fill(store: VaultStore, users: int) -> None:
    """Make one vault, and copies of it under other names."""
    first = uuid.uuid4()
    store.create(first)
    with store.opened(first) as connection:
        drafts = [Draft(title=f"Record {number}", secret=secrets.token_urlsafe(24)) for number in range(RECORDS)]
        Records(connection, utc_now).add(*drafts)
    source = store.place(first)
    key = store.ring.unwrap(read_key_file(source.key_file, first).active, first)
    for _ in range(users - 1):
        user = uuid.uuid4()
        place = store.place(user)
        place.folder.mkdir(parents=True)
        shutil.copyfile(source.database, place.database)
        content = KeyFile(user, store.ring.wrap(key, user), utc_now())
        content.write(place.key_file)


def rotate(store: VaultStore) -> None:
    """Rotate all and print the figures."""
    began = time.monotonic()
    outcomes = [outcome.problem is None for outcome in rotation.rotate_all(store, timedelta(0))]
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rate": sum(outcomes) / seconds, "failed": outcomes.count(False), "peak_mib": peak}))


def main() -> None:
    """Fill a folder on disk, then rotate in a process of its own, whose peak memory is its own."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        ring = KeyRing({1: Secret(secrets.token_bytes(32))})
        store = VaultStore(Path(folder) / "users", ring)
        fill(store, int(sys.argv[1]))
        process = multiprocessing.get_context("fork").Process(target=rotate, args=(store,))
        process.start()
        process.join()
        sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
