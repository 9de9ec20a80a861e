#!/usr/bin/env python3
"""A restic of 80 lines: a repository is a folder with `config`, and one of each snapshot.

What it was asked for is written to `asked` beside the repository; a file `faults` there names what is to go wrong.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

VERBS = ("cat", "init", "unlock", "backup", "snapshots", "restore", "check")
NO_REPOSITORY, NO_PASSWORD = 10, 12


def options(words: list[str], name: str) -> list[str]:
    """Return the values of an option."""
    return [words[at + 1] for at, word in enumerate(words) if word == name]


def back_up(repository: Path, words: list[str]) -> None:
    """Copy a folder."""
    source, name = Path(words[-1]), secrets.token_hex(32)
    kept = repository / "snapshots" / name
    shutil.copytree(source, kept / "data", symlinks=True)
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    told = {
        "id": name,
        "time": datetime.now(UTC).isoformat(),
        "paths": [str(source)],
        "tags": options(words, "--tag"),
        "summary": {"total_bytes_processed": size},
    }
    (kept / "told.json").write_text(json.dumps(told))
    print(json.dumps({"message_type": "summary", "snapshot_id": name}))


def snapshots(repository: Path, words: list[str]) -> None:
    """Print those with the tag, the newest first: restic promises no order."""
    found = [json.loads(path.read_text()) for path in repository.glob("snapshots/*/told.json")]
    wanted = [tag for given in options(words, "--tag") for tag in given.split(",")]
    fitting = [each for each in found if set(wanted) <= set(each["tags"])]
    print(json.dumps(sorted(fitting, key=lambda each: str(each["time"]), reverse=True)))


def main() -> int:
    """Do what the arguments say."""
    words = sys.argv[1:]
    repository = Path(options(words, "-r")[0])
    verb = next(word for word in words if word in VERBS)
    with repository.with_name("asked").open("a") as asked:
        asked.write(json.dumps(words) + "\n")
    faults = repository.with_name("faults")
    if faults.exists() and verb in (known := json.loads(faults.read_text())):
        print(known[verb]["says"], file=sys.stderr)
        return int(known[verb]["code"])
    if not Path(options(words, "--password-file")[0]).read_text():
        return NO_PASSWORD
    if verb == "init":
        (repository / "snapshots").mkdir(parents=True)
        (repository / "config").write_text(json.dumps({"version": 2, "id": secrets.token_hex(32)}))
    elif not (repository / "config").exists():
        print("Fatal: repository does not exist", file=sys.stderr)
        return NO_REPOSITORY
    elif verb == "cat":
        print((repository / "config").read_text())
    elif verb == "backup":
        back_up(repository, words)
    elif verb == "snapshots":
        snapshots(repository, words)
    elif verb == "restore":
        name, _, _ = words[words.index("restore") + 1].partition(":")
        shutil.copytree(
            repository / "snapshots" / name / "data", options(words, "--target")[0], symlinks=True, dirs_exist_ok=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
