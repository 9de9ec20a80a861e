"""An app whose faults are chosen by its environment, and with an argument a process that works behind it.

As `work` it does one job after the other, each of JOB_S seconds, and ends on SIGTERM when its job is done; as `beat` it
ticks, and complains when another one ticks too. Both tell in /data/NAME.log what they do.

BEHAVIOUR is one of good, exits, exits-if-told (when /data/exit is there), hangs, answers-500, redirects, pages-500
(ready, but its pages fail), some-500 (those whose number ends in 1 fail), turns-bad (good for TURN_S seconds, then
500), dies (exits after TURN_S seconds), slow-start (ready after TURN_S seconds), waits (ready as soon as there is a
file /data/go-VERSION), stubborn (ignores SIGTERM).
"""

import http.server
import json
import os
import pathlib
import signal
import sys
import time

BEHAVIOUR = os.environ.get("BEHAVIOUR", "good")
TURN_S = float(os.environ.get("TURN_S", "5"))
GO = pathlib.Path("/data/go-" + os.environ.get("VERSION", ""))
STARTED = time.monotonic()


class Tiny(http.server.BaseHTTPRequestHandler):
    """Answers every path with the release; /slow takes ?s seconds, /events streams."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer as the behaviour says."""
        age = time.monotonic() - STARTED
        if BEHAVIOUR == "hangs":
            time.sleep(600)
        if BEHAVIOUR == "answers-500" or (BEHAVIOUR == "turns-bad" and age > TURN_S):
            return self.answer(500, b"broken on purpose\n")
        if (BEHAVIOUR == "slow-start" and age < TURN_S) or (BEHAVIOUR == "waits" and not GO.exists()):
            return self.answer(503, b"not ready yet\n")
        some = BEHAVIOUR == "some-500" and self.path.endswith("1")
        if some or (BEHAVIOUR == "pages-500" and self.path not in ("/readyz", "/healthz")):
            return self.answer(500, b"only the pages are broken\n")
        if BEHAVIOUR == "redirects":
            return self.answer(301, b"", {"Location": "https://elsewhere.test/login"})
        if self.path.startswith("/slow"):
            time.sleep(float(self.path.partition("?s=")[2] or 3))
        if self.path.startswith("/events"):
            return self.stream(float(self.path.partition("?s=")[2] or 10))
        return self.answer(200, self.said())

    def do_POST(self) -> None:
        """Give back the length of what was sent: proof that it arrived."""
        length = int(self.headers.get("Content-Length", 0))
        received = len(self.rfile.read(length))
        self.answer(200, f"{received}\n".encode())

    def said(self) -> bytes:
        """Return what the tests look at: release, secrets' names, environment."""
        secrets = pathlib.Path("/run/secrets")
        names = sorted(path.name for path in secrets.iterdir()) if secrets.is_dir() else []
        return (
            json.dumps(
                {
                    "release": os.environ.get("RELEASE"),
                    "role": os.environ.get("ROLE", "app"),
                    "secrets": names,
                    "path": self.path,
                }
            )
            + "\n"
        ).encode()

    def stream(self, seconds: float) -> None:
        """Send one event every tenth of a second."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(int(seconds * 10)):
            self.wfile.write(f"data: {number}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.1)
        self.wfile.write(b"data: end\n\n")

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send one complete answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the log for what matters."""


class Server(http.server.ThreadingHTTPServer):
    """A thread a connection; a burst of new ones waits instead of being refused."""

    daemon_threads = True
    request_queue_size = 512


def tell(name: str, what: str) -> None:
    """Write down what a process does."""
    with pathlib.Path(f"/data/{name}.log").open("a") as log:
        log.write(f"{os.environ['RELEASE']} {what}\n")


def work(name: str) -> None:
    """Do jobs until SIGTERM, or tick; die as the behaviour says."""
    leave: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: leave.append(1))
    tell(name, "starts")
    if BEHAVIOUR == "dies":
        signal.signal(signal.SIGALRM, lambda *_: os._exit(4))
        signal.setitimer(signal.ITIMER_REAL, TURN_S)
    lock = pathlib.Path(f"/data/{name}.lock")
    while not leave:
        if name == "beat" and lock.exists():
            tell(name, f"is not alone, {lock.read_text()} ticks too")
        lock.write_text(os.environ["RELEASE"])
        pathlib.Path("/tmp/ready").touch()
        time.sleep(float(os.environ.get("JOB_S", "0.05")))
        lock.unlink(missing_ok=True)
        tell(name, "did a job")
    tell(name, "ends")


def main() -> None:
    """Serve on port 8000 until SIGTERM, or work."""
    print(f"tiny starts, behaviour {BEHAVIOUR}", flush=True)
    if BEHAVIOUR == "exits" or (BEHAVIOUR == "exits-if-told" and pathlib.Path("/data/exit").exists()):
        print("cannot read my configuration", flush=True)
        sys.exit(3)
    if sys.argv[1:]:
        return work(sys.argv[1])
    stubborn = BEHAVIOUR == "stubborn"
    signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else lambda *_: os._exit(0))
    if BEHAVIOUR == "dies":
        signal.signal(signal.SIGALRM, lambda *_: os._exit(4))
        signal.setitimer(signal.ITIMER_REAL, TURN_S)
    Server(("", 8000), Tiny).serve_forever()
    return None


if __name__ == "__main__":
    main()
