"""One configuration file: what it should be, what it is, and the step between."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils import folders


class RefusedError(Exception):
    """A file or the program that reads it said no; the message carries the program's own words."""


@dataclass(frozen=True)
class ConfigFile:
    """A file of root's that should hold `content` (text) with `mode` (permission bits), or should be absent.

    `validate` is a command whose argument `%s` becomes the path of the candidate; exit code 0 accepts it.
    """

    path: Path
    content: str = ""
    mode: int = 0o644
    absent: bool = False
    validate: tuple[str, ...] = ()

    def before(self) -> str:
        """Return the present content, empty when there is no file."""
        return self.path.read_text(errors="replace") if self.path.is_file() else ""

    def is_as_wanted(self) -> bool:
        """Tell whether content, mode and owner need no change."""
        if not self.path.is_file() or self.path.is_symlink():
            return self.absent and not self.path.is_symlink()
        status = self.path.stat()
        facts = (self.before(), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
        return not self.absent and facts == (self.content, self.mode, 0, 0)

    def difference(self) -> dict[str, str]:
        """Return the change in the form that `--diff` shows."""
        return {
            "before_header": str(self.path),
            "after_header": str(self.path),
            "before": self.before(),
            "after": "" if self.absent else self.content,
        }

    def check(self) -> None:
        """Ask the program that reads the file; a program that isn't installed yet has no old file to protect.

        Raises:
            RefusedError: the program exits other than 0.
        """
        if self.absent or not self.validate or shutil.which(self.validate[0]) is None:
            return
        with tempfile.NamedTemporaryFile("w", prefix="slipway-", suffix=self.path.suffix) as candidate:
            candidate.write(self.content)
            candidate.flush()
            command = [candidate.name if word == "%s" else word for word in self.validate]
            verdict = subprocess.run(command, capture_output=True, text=True, check=False)
        if verdict.returncode:
            said = (verdict.stderr or verdict.stdout).strip().replace(candidate.name, str(self.path))
            raise RefusedError(
                f"{self.path} is left as it was: `{' '.join(self.validate)}` refuses the new one: {said}"
            )

    def write(self) -> None:
        """Make it so: a reader sees the old file or the new one, never a part."""
        if self.absent:
            self.path.unlink(missing_ok=True)
            return
        folders.make(self.path.parent)
        descriptor, name = tempfile.mkstemp(prefix=".slipway-", dir=self.path.parent)
        with os.fdopen(descriptor, "w") as candidate:
            candidate.write(self.content)
            os.fchmod(candidate.fileno(), self.mode)
            os.fsync(candidate.fileno())
        Path(name).replace(self.path)
