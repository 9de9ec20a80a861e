#!/usr/bin/python3
"""Put files back unless a login younger than their change proves that the host can still be reached.

slipway-deadman arm NAME PATH... --reload COMMAND...   copies the files and starts the countdown
slipway-deadman confirm NAME                           ends it, when called from a login made since
slipway-deadman restore NAME                           puts the copies back and runs COMMAND

Exit codes: 0 done, 1 a command failed, 2 wrong usage, 3 there is nothing to confirm, 4 the login is too old.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

STATE = Path("/var/lib/slipway/deadman")
PROC = Path("/proc")
NOTHING_PENDING = 3
LOGIN_TOO_OLD = 4


def timer(verb: str, name: str) -> None:
    """Enable the countdown (it also runs after a reboot) or disable it."""
    subprocess.run(["systemctl", "--quiet", verb, "--now", f"slipway-deadman@{name}.timer"], check=True)


def moment() -> dict[str, object]:
    """Return this boot's id and the seconds since it began."""
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return {"boot": boot, "uptime_s": float((PROC / "uptime").read_text().split()[0])}


def arm(name: str, paths: list[Path], reload: list[str]) -> int:
    """Copy the files; what an unconfirmed earlier change saved is older, hence better, and stays."""
    state, draft = STATE / name, STATE / f".{name}"
    drop(draft)
    (draft / "files").mkdir(parents=True, mode=0o700)
    saved = json.loads((state / "state.json").read_text())["paths"] if state.is_dir() else []
    if state.is_dir():
        shutil.copytree(state / "files", draft / "files", dirs_exist_ok=True)
    for path in paths:
        if str(path) not in saved:
            saved.append(str(path))
            if path.exists():
                shutil.copy2(path, draft / "files" / str(path).strip("/").replace("/", "|"))
    (draft / "state.json").write_text(json.dumps({"paths": saved, "reload": reload, **moment()}))
    drop(state)
    draft.rename(state)
    timer("enable", name)
    for path in (*state.rglob("*"), state, STATE):
        settle(path)
    return 0


def restore(name: str) -> int:
    """Put the copies back, files that did not exist excepted: those go."""
    state = STATE / name
    if not state.is_dir():
        return 0
    saved = json.loads((state / "state.json").read_text())
    for path in map(Path, saved["paths"]):
        copy = state / "files" / str(path).strip("/").replace("/", "|")
        if copy.exists():
            draft = path.with_name(f".{path.name}.deadman")
            shutil.copy2(copy, draft)
            draft.replace(path)
        else:
            path.unlink(missing_ok=True)
    subprocess.run(saved["reload"], check=True)
    print(f"{name}: the change was not confirmed, the previous state is back: {', '.join(saved['paths'])}")
    forget(name)
    return 0


def confirm(name: str) -> int:
    """Keep the change when the login that calls this began after it."""
    state = STATE / name
    if not state.is_dir():
        print(f"{name}: nothing waits for a confirmation (the previous state may be back already)", file=sys.stderr)
        return NOTHING_PENDING
    armed = json.loads((state / "state.json").read_text())
    if armed["boot"] == moment()["boot"] and login_began_s(os.getpid()) < armed["uptime_s"]:
        print(f"{name}: this login is older than the change, or no SSH login: log in again", file=sys.stderr)
        return LOGIN_TOO_OLD
    forget(name)
    return 0


def forget(name: str) -> None:
    """Disarm."""
    timer("disable", name)
    drop(STATE / name)


def drop(folder: Path) -> None:
    """Remove a folder, if there is one."""
    if folder.is_dir():
        shutil.rmtree(folder)


def settle(path: Path) -> None:
    """Have a file or folder survive a power cut. Syncing all that the host has in memory takes seconds."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def login_began_s(pid: int) -> float:
    """Return when the SSH session above a process began, in seconds since boot; -1 when there is none.

    Fields of /proc/PID/stat: proc_pid_stat(5); the name in brackets may hold anything.
    """
    while pid > 1:
        text = (PROC / str(pid) / "stat").read_text()
        name, fields = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        if name.startswith("sshd"):
            return int(fields[19]) / os.sysconf("SC_CLK_TCK")
        pid = int(fields[1])
    return -1.0


def main(arguments: list[str]) -> int:
    """Parse and run one verb, one at a time on a host."""
    parser = argparse.ArgumentParser(prog="slipway-deadman", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    arming = verbs.add_parser("arm")
    for verb in (arming, verbs.add_parser("confirm"), verbs.add_parser("restore")):
        verb.add_argument("name")
    arming.add_argument("paths", nargs="+", type=Path)
    arming.add_argument("--reload", nargs="+", required=True)
    wanted = parser.parse_args(arguments)
    STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if wanted.verb == "arm":
            return arm(wanted.name, wanted.paths, wanted.reload)
        return restore(wanted.name) if wanted.verb == "restore" else confirm(wanted.name)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"slipway-deadman: {error}")
