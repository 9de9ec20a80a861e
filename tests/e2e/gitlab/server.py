"""What the trial needs of a GitLab server: projects over HTTP, which only people and jobs with a login can read."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.parser import BytesParser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Gitlab(ThreadingHTTPServer):
    """Serves bare repositories, `<group>/<name>.git` in its folder. `readers` are the logins that read, in order."""

    def __init__(self, folder: Path, logins: Mapping[str, str]) -> None:
        self.folder, self.logins, self.readers = folder, dict(logins), list[str]()
        super().__init__(("127.0.0.1", 0), Project)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def user_of(self, authorization: str) -> str | None:
        """Return who logs in with this header; None for nobody."""
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return user if self.logins.get(user) == password else None

    def push(self, source: Path, project: str, ref: str) -> None:
        """Put the commit that a repository is at into a project, as a branch or tag."""
        bare = self.folder / f"{project}.git"
        if not bare.exists():
            subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True)
        subprocess.run(["git", "-C", source, "push", "--quiet", "--force", bare, f"HEAD:refs/{ref}"], check=True)


class Project(BaseHTTPRequestHandler):
    """Git's own program answers, once somebody has logged in."""

    server: Gitlab

    def do_GET(self) -> None:
        """Answer a fetch."""
        user = self.server.user_of(self.headers.get("Authorization", ""))
        if user is None:
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="GitLab"')
            self.end_headers()
            return
        self.server.readers.append(user)
        head, _, body = self.of_git().partition(b"\r\n\r\n")
        headers = BytesParser().parsebytes(head + b"\r\n\r\n")
        self.send_response(int(headers.get("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class names it so

    def of_git(self) -> bytes:
        """Return what Git says to the request, by RFC 3875."""
        address = urlsplit(self.path)
        given = {
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        environment = {**os.environ, **given}
        done = subprocess.run(["git", "http-backend"], input=sent, env=environment, stdout=subprocess.PIPE, check=True)
        return done.stdout

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the test's output for failures."""


@contextmanager
def gitlab(folder: Path, logins: Mapping[str, str]) -> Iterator[Gitlab]:
    """Run a server.

    Args:
        folder: where the projects are.
        logins: user to password; nobody else reads.
    """
    with Gitlab(folder, logins) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
