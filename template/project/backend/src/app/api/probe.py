"""Health check of the API's container: exits 0 when it is ready.

Run as a file (`python -I probe.py`), it imports nothing of the app: it must be cheap, it runs every few seconds.
"""

from __future__ import annotations

import http.client
import sys

PORT = 8000
TIMEOUT_S = 2.5


def main() -> int:
    """Ask /readyz and return the exit code: 0 ready, 1 not."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
