"""The fields of one app in `slipway_apps`: type, default, allowed values and meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "flag", "whole", "number", "texts", "table", "tables", "group", "uses"]

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
# RFC 1123 labels; a single label such as `localhost` is fine on a private network.
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
PATH = re.compile(r"/[A-Za-z0-9._~/-]*")
SECRET_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
ARGUMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
URL_FORM = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]+")
STAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EXPOSURES = ("public", "lan", "private", "tunnel")


@dataclass(frozen=True)
class Field:
    """One input of an app.

    `smallest` and `largest` bound numbers, inclusive, in the unit of the field's name. `form` must match the whole
    text (for lists: each item; for tables: each key). `meaning` ends up in the reference and in error messages.
    """

    kind: Kind
    meaning: str
    default: object = None
    required: bool = False
    choices: tuple[str, ...] = ()
    smallest: float | None = None
    largest: float | None = None
    form: re.Pattern[str] | None = field(default=None)


FIELDS: dict[str, Field] = {
    "name": Field("text", "lower-case name of the app, unique on the host", required=True, form=NAME),
    "domains": Field("texts", "names the site answers to; the first is the canonical one", required=True, form=DOMAIN),
    "redirects": Field("texts", "names that lead to the first of `domains` (308)", [], form=DOMAIN),
    "exposure": Field("text", "who can reach it", required=True, choices=EXPOSURES),
    "access": Field("group", "who gets past the front: a password, networks; all who reach it without", {}),
    "image": Field("text", "image to pull, pinned as name@sha256:..."),
    "build": Field("text", "folder that is the build context, relative to the repository root"),
    "dockerfile": Field("text", "Dockerfile of `build`, relative to the repository root"),
    "target": Field("text", "stage of the Dockerfile that is built", form=STAGE),
    "args": Field("table", "build arguments; they stay in the image, so never secrets", {}, form=ARGUMENT_NAME),
    "command": Field("texts", "arguments in place of the image's own (CMD); its ENTRYPOINT stays", []),
    "port": Field("whole", "port the app listens on inside its container", 8000, smallest=1, largest=65535),
    "loopback_port": Field("whole", "even host port of slot blue; green has the next", smallest=1024, largest=65534),
    "path": Field("text", "its part of the domain; the longest that fits wins", "/", form=PATH),
    "liveness_path": Field("text", "answers 200 while the process lives", "/healthz", form=PATH),
    "readiness_path": Field("text", "answers 200 when the app can serve", "/readyz", form=PATH),
    "env": Field("table", "environment of the container; never secrets", {}, form=VARIABLE_NAME),
    "secrets": Field("texts", "names of files in /run/secrets; values: slipway_secrets", [], form=SECRET_NAME),
    "data_path": Field("text", "where the app's data directory is mounted", "/data", form=PATH),
    "data_noexec": Field("flag", "no program in the data directory can be run", default=True),
    "ephemeral": Field("texts", "volumes of the image that are new with each release and may be lost", [], form=PATH),
    "data_limit_mib": Field("whole", "data above which `slipway doctor ENV` warns", smallest=1, largest=1_073_741_824),
    "uid": Field("whole", "user and group id the app runs as", 10001, smallest=1000, largest=65533),
    "memory_mib": Field("whole", "memory limit of a slot", 256, smallest=16, largest=1_048_576),
    "cpus": Field("number", "processor limit of a slot", 1.0, smallest=0.05, largest=1024),
    "pids": Field("whole", "process and thread limit of a slot", 256, smallest=8, largest=65536),
    "tmpfs_mib": Field("whole", "size of /tmp", 16, smallest=1, largest=65536),
    "hook": Field("texts", "command run in the new image before it takes traffic (migrations)", []),
    "hook_timeout_seconds": Field("whole", "longest run of the hook", 300, smallest=1, largest=86400),
    "snapshot": Field("texts", "command that copies the data to the path in its last argument, which it makes", []),
    "mirror": Field("texts", "command that brings the folder added as its last argument up to the data", []),
    "judge": Field("texts", "command that says in a line and by its exit code whether the data folder is whole", []),
    "stop_grace_seconds": Field("whole", "from SIGTERM to SIGKILL", 20, smallest=1, largest=3600),
    "drain_seconds": Field("whole", "longest wait for requests on the old slot", 30, smallest=0, largest=3600),
    "watch_seconds": Field(
        "whole", "how long the new release is watched; 0 turns it off", 20, smallest=0, largest=3600
    ),
    "gate_timeout_seconds": Field("whole", "deadline for the new release to be ready", 60, smallest=1, largest=3600),
    "gate_successes": Field("whole", "good readiness answers in a row that open the gate", 2, smallest=1, largest=100),
    "overlap": Field("flag", "old and new release may run at the same time", default=True),
    "hold_seconds": Field(
        "whole", "overlap: false: how long requests wait while slots change", 30, smallest=1, largest=300
    ),
    "keep_releases": Field("whole", "good releases kept for rollback", 5, smallest=2, largest=100),
    "uses": Field("uses", "services: a list, or a mapping to the variable that holds the whole URL", {}),
    "secret_env": Field(
        "table", "variables set from secrets when a container starts: {VARIABLE: secret}", {}, form=VARIABLE_NAME
    ),
    "services": Field("tables", "what outlives releases, by name: a database, a queue", {}, form=NAME),
    "processes": Field("tables", "further containers of each release, by name: workers, a frontend", {}, form=NAME),
    "schedules": Field("tables", "commands that a timer starts, by name", {}, form=NAME),
    "max_body_mib": Field("whole", "largest request body", 16, smallest=1, largest=102400),
}

PROCESS_FIELDS: dict[str, Field] = {
    **{name: FIELDS[name] for name in ("build", "dockerfile", "target", "args", "image")},
    "like": Field("text", "process whose image, env, secrets and limits it takes; without an image of its own: `app`"),
    "command": FIELDS["command"],
    "port": Field("whole", "port it listens on; without one it serves no visitors", smallest=1, largest=65535),
    "loopback_port": FIELDS["loopback_port"],
    "path": Field("text", "with `port`: its part of the domain", form=PATH),
    "readiness_path": Field("text", "with `port`: answers 200 when it can serve", form=PATH),
    "ready": Field("texts", "without `port`: command in its container that ends with 0 when it can work", []),
    "env": FIELDS["env"],
    **{name: FIELDS[name] for name in ("secrets", "secret_env", "uses")},
    "data": Field("flag", "the app's data directory is mounted; by default where it has the app's image"),
    **{name: FIELDS[name] for name in ("memory_mib", "cpus", "pids", "tmpfs_mib", "stop_grace_seconds")},
    "replicas": Field("whole", "without `port`: how many run side by side", 1, smallest=1, largest=32),
    "single": Field("flag", "never two at a time: the new one starts when the old one has ended", default=False),
}

ACCESS_FIELDS: dict[str, Field] = {
    "basic_auth": Field("table", "who logs in at the front: {NAME: bcrypt hash of the password}", {}),
    "networks": Field("texts", "from where, such as 203.0.113.0/24; the host itself always may", []),
}

SCHEDULE_FIELDS: dict[str, Field] = {
    "at": Field(
        "text", 'when, as systemd.time(7) says: "*-*-* 03:20", hourly, "Mon 04:00 Europe/Berlin"', required=True
    ),
    "command": Field("texts", "what runs, in a new container of the live release", required=True),
    "process": Field("text", "whose image, environment and secrets it has", "app", form=NAME),
    "timeout_seconds": Field("whole", "longest run", 3600, smallest=1, largest=604800),
}

SERVICE_FIELDS: dict[str, Field] = {
    "kind": Field("text", "what the kit brings", choices=("postgresql", "rabbitmq", "valkey")),
    "version": Field("whole", "major version of a kind; without one the kit's", smallest=1, largest=99),
    **{name: FIELDS[name] for name in ("build", "dockerfile", "target", "args", "image", "command", "env")},
    "uid": Field("whole", "user and group id it runs as", smallest=1, largest=65533),
    "port": Field("whole", "port it listens on", smallest=1, largest=65535),
    "url": Field("text", "form of its address, with the places {user} {password} {host} {port}", form=URL_FORM),
    "data_path": Field("text", "where its data directory is mounted", "/data", form=PATH),
    "memory_mib": Field("whole", "memory limit", smallest=16, largest=1_048_576),
    **{name: FIELDS[name] for name in ("cpus", "pids")},
    "tmpfs_mib": Field("whole", "size of /tmp", 64, smallest=1, largest=65536),
    "stop_grace_seconds": Field("whole", "from its stop signal to SIGKILL", smallest=1, largest=3600),
}
