"""The timers of an app's jobs: units of systemd that call the kit's program, as the live release declares them."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

from . import files
from .errors import RefusedError, SystemCallError
from .host_program import PATH
from .job import UNITS, Job

FOLDER = Path("/etc/systemd/system")
SYSTEMCTL_S = 90
# A job that waits for a release to end, and the kit's program, which ends the job itself.
LEEWAY_S = 120
SERVICE = """\
# Written by Slipway; changes here are lost at the next release.
[Unit]
Description=Job {name} of app {app}
Documentation=man:systemd.time(7)
Wants=docker.service
After=docker.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -I {program} job {app} {name}
ExecStopPost=-/usr/bin/docker rm --force {container}
TimeoutStartSec={timeout_s}
TimeoutStopSec=60
KillMode=mixed
# All it does itself is to ask the Docker engine.
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/var/lib/slipway /var/log/slipway
ProtectHome=tmpfs
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""
TIMER = """\
# Written by Slipway; changes here are lost at the next release.
[Unit]
Description=When job {name} of app {app} runs

[Timer]
OnCalendar={at}
# One that was missed while the host was down runs when it is up again.
Persistent=yes
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def refuse_calendars(app: str, jobs: Collection[Job]) -> None:
    """Refuse a time that systemd does not understand, before anything is touched.

    Raises:
        RefusedError: names the job, and what systemd says.
    """
    for job in jobs:
        command = ["systemd-analyze", "calendar", "--", job.at]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SYSTEMCTL_S, check=False)
        if done.returncode:
            raise RefusedError(
                f"{app}: `at: {job.at}` of schedule `{job.name}` is not a time that systemd understands.",
                evidence=done.stderr.strip().splitlines()[-1:],
                fix='write it as systemd.time(7) says, for example "*-*-* 03:20" or "Mon 04:00 Europe/Berlin"',
            )


class Timers:
    """The units of one app's jobs on this host."""

    def __init__(self, app: str, folder: Path | None = None) -> None:
        self._app, self._folder = app, folder or FOLDER
        # There while files and systemd may differ: a run that died in between is ended by the next.
        self._pending = self._folder / f".{UNITS}{app}.pending"

    def concern(self, jobs: Collection[Job]) -> bool:
        """Whether there are jobs, or timers of jobs that were."""
        return bool(jobs or self._found() or self._pending.exists())

    def converge(self, jobs: Collection[Job]) -> bool:
        """Let the timers be those of these jobs, and no others; tells whether something changed.

        Raises:
            SystemCallError: systemd refuses.
        """
        wanted, found = self._texts(jobs), self._found()
        if wanted == found and not self._pending.exists():
            return False
        files.write(self._pending, b"")
        gone = sorted({Path(name).stem for name in found.keys() - wanted.keys()})
        if gone:
            # A job that runs goes on to its end.
            self._systemctl("disable", "--now", *(f"{unit}.timer" for unit in gone))
        for name in found.keys() - wanted.keys():
            files.remove(self._folder / name)
        for name, text in wanted.items():
            if found.get(name) != text:
                files.write(self._folder / name, text.encode())
        self._systemctl("daemon-reload")
        timers = [name for name in wanted if name.endswith(".timer")]
        if timers:
            self._systemctl("enable", *timers)
            self._systemctl("restart", *timers)
        files.remove(self._pending)
        return True

    def _texts(self, jobs: Collection[Job]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for job in jobs:
            words: Mapping[str, object] = {
                "app": self._app,
                "name": job.name,
                "at": job.at,
                "program": PATH,
                "container": job.container(self._app),
                "timeout_s": job.timeout_s + LEEWAY_S,
            }
            unit = job.unit(self._app)
            texts |= {f"{unit}.service": SERVICE.format_map(words), f"{unit}.timer": TIMER.format_map(words)}
        return texts

    def _found(self) -> dict[str, str]:
        kept = (path for path in self._folder.glob(f"{UNITS}{self._app}.*") if path.suffix in (".service", ".timer"))
        return {path.name: path.read_text(encoding="utf-8") for path in kept}

    def _systemctl(self, *words: str) -> None:
        command = ["systemctl", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SYSTEMCTL_S, check=False)
        if done.returncode:
            raise SystemCallError(
                f"{self._app}: systemd refuses the timers of its schedules.",
                evidence=done.stderr.strip().splitlines()[-3:],
                fix=f"`{' '.join(command)}` on the host shows it; then deploy again",
            )
