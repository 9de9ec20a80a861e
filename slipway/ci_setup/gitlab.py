"""GitLab's API for project variables: what is there is updated, what is missing is made."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from slipway.pipeline.refusal import RefusalError

from .variables import Variable

TIMEOUT_S = 20
# git@host:group/project.git, ssh://git@host:22/group/project.git, https://user@host/group/project.git
REMOTE = re.compile(r"(?:\w+://)?(?:[^@/]+@)?(?P<host>[^:/]+)(?::\d+(?=/))?[:/](?P<path>.+?)(?:\.git)?/?")


@dataclass(frozen=True)
class Project:
    """A project on a GitLab server, and a token (scope `api`) that may set its variables."""

    server: str
    path: str
    token: str = field(repr=False)

    def put(self, variable: Variable) -> str:
        """Set one variable; return `made` or `updated`.

        Raises:
            RefusalError: when the server can't be reached, or refuses.
        """
        one = _one(variable.key, variable.scope)
        if self._call("GET", one, {}) == HTTPStatus.NOT_FOUND:
            self._call("POST", "", variable.fields())
            return "made"
        self._call("PUT", one, variable.fields())
        return "updated"

    def drop(self, key: str, scope: str) -> bool:
        """Remove one variable; return whether it was there.

        Raises:
            RefusalError: when the server can't be reached, or refuses.
        """
        if self._call("GET", _one(key, scope), {}) == HTTPStatus.NOT_FOUND:
            return False
        self._call("DELETE", _one(key, scope), {})
        return True

    def _call(self, method: str, tail: str, fields: Mapping[str, str]) -> int:
        project = urllib.parse.quote(self.path, safe="")
        url = f"{self.server}/api/v4/projects/{project}/variables{tail}"
        request = urllib.request.Request(url, method=method, headers={"PRIVATE-TOKEN": self.token})  # noqa: S310 - checked in `project`
        if fields:
            request.data = urllib.parse.urlencode(fields).encode()
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            said = _message(error.read())
            if method == "GET" and error.code == HTTPStatus.NOT_FOUND and "Variable" in said:
                return HTTPStatus.NOT_FOUND
            raise self._refused(f"{method} {url}: {error.code} {said}") from error
        except OSError as error:
            raise self._refused(f"{url}: {error}") from error

    def _refused(self, value: str) -> RefusalError:
        return RefusalError(
            what="GitLab did not take the variables",
            value=value,
            where="GITLAB_TOKEN (scope api, role Maintainer), GITLAB_URL, GITLAB_PROJECT",
            next="make a token under Preferences > Access tokens, or run again without GITLAB_TOKEN and paste by hand",
        )


def _one(key: str, scope: str) -> str:
    return f"/{key}?filter%5Benvironment_scope%5D={urllib.parse.quote(scope, safe='')}"


def remote_of(inventory: Path) -> str:
    """Return where the repository that the inventory is committed to is pushed: its jobs are those that deploy."""
    command = ["git", "-C", str(inventory), "remote", "get-url", "origin"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def project(environ: Mapping[str, str], remote: str) -> Project | None:
    """Return the project to set up, or None where no token is given.

    Args:
        environ: GITLAB_TOKEN; GITLAB_URL and GITLAB_PROJECT where the remote does not say them.
        remote: URL of the repository's remote, or "".

    Raises:
        RefusalError: when a token is given but the project can't be known, or the address is not http(s).
    """
    token = environ.get("GITLAB_TOKEN", "")
    if not token:
        return None
    match = REMOTE.fullmatch(remote)
    server = environ.get("GITLAB_URL") or (f"https://{match['host']}" if match else "")
    path = environ.get("GITLAB_PROJECT") or (match["path"] if match else "")
    if not server.startswith(("https://", "http://")) or not path:
        raise RefusalError(
            what="it is not known which GitLab project to set up",
            value=f"GITLAB_URL={server} GITLAB_PROJECT={path} origin={remote}",
            where="the environment of this command, or `git remote get-url origin`",
            next="run again with GITLAB_URL=https://gitlab.example.com GITLAB_PROJECT=group/project",
        )
    return Project(server.rstrip("/"), path, token)


def _message(body: bytes) -> str:
    text = body.decode(errors="replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:200]
