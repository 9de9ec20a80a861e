"""An app's data folder, mounted over itself: nothing in it is run, is a device, or gives another's rights.

Docker and Compose can't ask for that of a bind mount; a container takes over the options of what it mounts.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from . import files
from .app import App
from .errors import PathError

UNITS = Path("/etc/systemd/system")
# sd_booted(3): there where systemd runs the host.
BOOTED = Path("/run/systemd/system")
MOUNTS = Path("/proc/self/mountinfo")
SYSTEMCTL_TIMEOUT_S = 60
UNIT = """\
# Written by Slipway; changes here are lost at the next deploy.
[Unit]
Description=Data of app {name}
Before=docker.service

[Mount]
What={path}
Where={path}
Type=none
Options={options}

[Install]
WantedBy=docker.service
"""


def confine(app: App) -> tuple[bool, list[str]]:
    """Mount the app's data folder with its options, now and at each boot before the engine starts.

    What is in the folder and what runs stay as they are: a container gets the options when it starts next.

    Returns:
        Whether something was changed, and a warning where it could not be done: the app does not depend on it.
    """
    if not BOOTED.is_dir():
        return False, []
    unit = UNITS / unit_name(app.data_dir)
    content = UNIT.format(name=app.name, path=app.data_dir, options=",".join(["bind", *options(app)]))
    try:
        if files.read_text(unit) == content.strip() and set(options(app)) <= mounted(app.data_dir):
            return False, []
        files.write(unit, content.encode())
        for verb in (["daemon-reload"], ["enable", unit.name], ["restart", unit.name]):
            _systemctl(*verb)
    except (OSError, subprocess.SubprocessError) as error:
        return True, [f"the data folder could not be mounted {','.join(options(app))}: {_why(error)}"]
    return True, []


def let_go(app: App) -> None:
    """Take the mount away, before the folder is removed; none is fine.

    Raises:
        PathError: somebody is in there.
    """
    unit = UNITS / unit_name(app.data_dir)
    if not unit.exists():
        return
    try:
        _systemctl("disable", "--now", unit.name)
        files.remove(unit)
        _systemctl("daemon-reload")
    except subprocess.SubprocessError as error:
        raise PathError(
            f"{app.data_dir} can't be unmounted: {_why(error)}.",
            fix=f"`fuser -vm {app.data_dir}` on the host shows who is in there; end that and run this again",
        ) from error


def options(app: App) -> list[str]:
    """Return the mount options of the data folder."""
    return ["nosuid", "nodev", *(["noexec"] if app.data_noexec else [])]


def mounted(path: Path, mounts: Path = MOUNTS) -> set[str]:
    """Return the options of what is mounted at a path (proc(5), mountinfo), none where nothing is."""
    found: set[str] = set()
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        columns = line.split(" ")
        if columns[4] == str(path):
            found = set(columns[5].split(","))  # the last one lies on top
    return found


def unit_name(path: Path) -> str:
    """Return the name that systemd has for the mount of a path (systemd.unit(5), string escaping)."""
    parts = str(path).strip("/").split("/")
    return "-".join(re.sub(r"[^A-Za-z0-9:_.]", _escaped, part) for part in parts) + ".mount"


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in found[0].encode())


def _why(error: Exception) -> str:
    return " ".join(str(getattr(error, "stderr", "") or error).split()).rstrip(".")


def _systemctl(*arguments: str) -> None:
    command = ["systemctl", "--quiet", *arguments]
    subprocess.run(command, capture_output=True, text=True, timeout=SYSTEMCTL_TIMEOUT_S, check=True)
