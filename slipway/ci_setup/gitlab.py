"""GitLab's API for project variables: what is there is updated, what is missing is made."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError, GitlabGetError
from gitlab.v4.objects import ProjectVariableManager

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError

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
        with self._variables() as there:
            if not _has(there, variable.key, variable.scope):
                there.create(variable.fields())
                return "made"
            there.update(variable.key, variable.fields(), filter={"environment_scope": variable.scope})
            return "updated"

    def drop(self, key: str, scope: str) -> bool:
        """Remove one variable; return whether it was there.

        Raises:
            RefusalError: when the server can't be reached, or refuses.
        """
        with self._variables() as there:
            if not _has(there, key, scope):
                return False
            there.delete(key, filter={"environment_scope": scope})
            return True

    @contextmanager
    def _variables(self) -> Iterator[ProjectVariableManager]:
        try:
            with Gitlab(self.server, self.token, ssl_verify=_authorities(), timeout=TIMEOUT_S) as client:
                yield client.projects.get(self.path, lazy=True).variables
        except (GitlabError, requests.RequestException, ValueError) as error:
            reason = str(error)
            for part in self.token.split():  # http.client shows a header that has a line break in it
                reason = reason.replace(part, "[redacted]")
            raise self._refused(f"{self.server}/{self.path}: {reason}") from None

    def _refused(self, value: str) -> RefusalError:
        return RefusalError(
            what="GitLab did not take the variables",
            value=value,
            where="GITLAB_TOKEN (scope api, role Maintainer), GITLAB_URL, GITLAB_PROJECT",
            next="make a token under Preferences > Access tokens, or run again without GITLAB_TOKEN and paste by hand",
        )


def _has(there: ProjectVariableManager, key: str, scope: str) -> bool:
    try:
        there.get(key, filter={"environment_scope": scope})
    except GitlabGetError as error:
        # A project that is not there, or not for this token, is a 404 as well.
        if error.response_code == HTTPStatus.NOT_FOUND and "Variable" in str(error.error_message):
            return False
        raise
    return True


def _authorities() -> str | bool:
    """Return the system's certificate authorities, where a company puts its own; requests would take a bundled list."""
    system = ssl.get_default_verify_paths()
    return os.environ.get("REQUESTS_CA_BUNDLE") or system.cafile or system.capath or True


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
