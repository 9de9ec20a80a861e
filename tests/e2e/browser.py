"""A headless Chromium with a throw-away profile for each page: what a person on this machine would see."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PACKAGES = {"chromium": "chromium", "certutil": "libnss3-tools"}
TIMEOUT_S = 60


@dataclass(frozen=True)
class Browser:
    """Uses `home` as its home: Chromium takes the authorities that a person trusts from `.pki/nssdb` there."""

    home: Path

    def page(self, url: str) -> str:
        """Return the loaded page's document, or the name of what keeps Chromium from it: net::ERR_CERT_..."""
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        environment = {**os.environ, "HOME": str(self.home)}
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command += ["--disable-background-networking", f"--user-data-dir={profile}", "--dump-dom", url]
            answer = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
            )
        assert answer.returncode == 0, answer.stderr
        # Some versions report it on stderr, others in the page that they show instead; none of our pages says this.
        problem = re.search(r"Page load failed: net::(ERR_\w+)|\b(ERR_CERT_[A-Z_]+)\b", answer.stderr + answer.stdout)
        assert answer.stdout or problem, answer.stderr
        return f"net::{problem[1] or problem[2]}" if problem else answer.stdout
