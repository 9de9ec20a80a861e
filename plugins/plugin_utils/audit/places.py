"""Paths of the host that no container has any business with, compared as what they are, not as they are written."""

from __future__ import annotations

import posixpath
import re

# What Debian's own links lead to; the host resolves the others, see hostreport/containers.py.
LINKS = {
    "/var/run": "/run",
    "/var/lock": "/run/lock",
    "/bin": "/usr/bin",
    "/sbin": "/usr/sbin",
    "/lib": "/usr/lib",
    "/lib64": "/usr/lib64",
}
# Who reads or writes one of these, what lies in it, or a folder that it lies in, has the host or another app's secrets.
SENSITIVE = (
    *("/boot", "/dev", "/etc", "/proc", "/root", "/run", "/sys", "/usr"),
    *("/var/lib/apt", "/var/lib/caddy", "/var/lib/containerd", "/var/lib/docker", "/var/lib/dpkg", "/var/lib/private"),
    *("/var/lib/slipway", "/var/lib/systemd", "/var/spool/cron"),
)
# Who writes here forges the audit trail.
LOGS = "/var/log"
# Anybody may read these, and images lack them.
HARMLESS = (
    *("/etc/hosts", "/etc/localtime", "/etc/resolv.conf", "/etc/ssl/certs", "/etc/timezone"),
    *("/usr/share/ca-certificates", "/usr/share/zoneinfo"),
)
SOCKETS = (
    *("/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/docker.sock", "/run/podman/podman.sock"),
    "/run/docker/containerd/containerd.sock",
)
KEYS = frozenset({".aws", ".docker", ".gnupg", ".kube", ".ssh"})
OWN = re.compile(
    r"/var/lib/slipway/apps/(?P<data>[^/]+)/(data|snapshots|mirror|services)(/.*)?"
    r"|/etc/slipway/secrets/(?P<secrets>[^/]+)/.+"
)
HOME_DEPTH = 2  # /home and /home/USER hold keys; a folder below is somebody's project


def plain(path: str) -> str:
    """Return a path without `..`, doubled or trailing slashes, and Debian's links."""
    path = posixpath.normpath("/" + path.lstrip("/"))
    for link, target in LINKS.items():
        if within(path, link):
            return target + path.removeprefix(link)
    return path


def within(path: str, folder: str) -> bool:
    """Return whether a path is a folder or lies below it; both are plain."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def touches(path: str, place: str) -> bool:
    """Return whether a mount of `path` shows `place`, something in it, or a folder that it lies in."""
    return within(path, place) or within(place, path)


def is_sensitive(path: str, *, writable: bool, apps: frozenset[str]) -> bool:
    """Return whether a mount of a path gives away the host.

    Args:
        path: as somebody wrote it.
        writable: whether the container may write there.
        apps: names whose data and secrets are the container's own.
    """
    path = plain(path)
    own = OWN.fullmatch(path)
    if own and (own["data"] or own["secrets"]) in apps:
        return bool(own["secrets"]) and writable
    if not writable and any(within(path, place) for place in HARMLESS):
        return False
    parts = path.strip("/").split("/")
    if KEYS & set(parts) or (parts[0] == "home" and len(parts) <= HOME_DEPTH):
        return True
    return any(touches(path, place) for place in SENSITIVE) or (writable and touches(path, LOGS))


def has_engine(path: str) -> bool:
    """Return whether a mount of a path holds the socket of a container engine."""
    path = plain(path)
    names = {posixpath.basename(socket) for socket in SOCKETS}
    return posixpath.basename(path) in names or any(touches(path, socket) for socket in SOCKETS)
