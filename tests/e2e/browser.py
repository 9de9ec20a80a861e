"""A headless Chromium with a throw-away profile: what a person on this machine would see."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = {"chromium": "chromium", "certutil": "libnss3-tools"}
TIMEOUT_S = 60


@dataclass(frozen=True)
class Browser:
    """Uses `home` as its home: Chromium takes the authorities that a person trusts from `.pki/nssdb` there."""

    home: Path

    def page(self, url: str) -> str:
        """Return the loaded page's document; it is Chromium's own where it refuses the certificate."""
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += ["--disable-background-networking", f"--user-data-dir={self.home / 'profile'}", "--dump-dom", url]
        environment = {**os.environ, "HOME": str(self.home)}
        answer = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout
