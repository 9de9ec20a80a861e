"""Show a run as one line per phase, and keep Ansible's own full output for the log file."""

from __future__ import annotations

import sys
import time
from typing import Any

from ansible import constants as C  # noqa: N812 - Ansible's own name for it
from ansible.plugins.callback.default import CallbackModule as Default

from ansible_collections.slipway.kit.plugins.plugin_utils.kit import short
from ansible_collections.slipway.kit.plugins.plugin_utils.progress import Timeline, failure, reported

DOCUMENTATION = """
name: progress
type: stdout
short_description: Show a line per phase, with its time and what it changed
description:
  - A phase is a role, or a play where tasks belong to no role; handlers are a phase of their own.
  - On a terminal the phase that runs shows its task; elsewhere each line is printed when its phase ends.
  - The full output goes to the file that C(ANSIBLE_LOG_PATH) names, whose path is shown on failure.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
author:
  - Slipway
"""

CLEAR = "\r\033[K"
RELEASES = "slipway.kit.release"


class LogOnly:
    """Ansible's display, with the screen switched off."""

    def __init__(self, display: Any) -> None:
        self._display = display

    def __getattr__(self, name: str) -> Any:
        return getattr(self._display, name)

    def display(self, msg: str, *_: Any, screen_only: bool = False, **__: Any) -> None:
        """Write to the log file, if there is one."""
        if not screen_only:
            self._display.display(msg, log_only=True)

    def banner(self, msg: str, *_: Any, **__: Any) -> None:
        """Write a heading to the log file."""
        self.display(f"\n{msg}")

    def _error(self, *args: Any, **kwargs: Any) -> None:
        """Write an error to the log file in the words of the real display."""
        type(self._display)._error(self, *args, **kwargs)


class CallbackModule(Default):  # type: ignore[misc] # Ansible ships no types
    """The plugin."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "progress"

    def __init__(self) -> None:
        super().__init__()
        self._display: Any = LogOnly(self._display)
        self._timeline = Timeline()
        self._failures: list[str] = []
        self._notes: list[str] = []
        self._live = sys.stdout.isatty()

    def _print(self, text: str | None) -> None:
        if text is not None:
            sys.stdout.write(f"{CLEAR if self._live else ''}{text}\n")
            sys.stdout.flush()

    def _at(self, phase: str, task: str) -> None:
        now = time.monotonic()
        self._print(self._timeline.enter(phase, now))
        if self._live:
            sys.stdout.write(CLEAR + self._timeline.running(task, now))
            sys.stdout.flush()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Enter the phase of the task."""
        super().v2_playbook_on_task_start(task, is_conditional)
        role = getattr(task, "_role", None)
        self._at(short(role.get_name()) if role else self._play.get_name(), task.name or task.action)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Enter the phase of the handlers."""
        super().v2_playbook_on_handler_task_start(task)
        self._at("handlers", task.get_name().rpartition(" : ")[2])

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count changes."""
        super().v2_runner_on_ok(result)
        if result.result.get("changed"):
            self._timeline.changed(result.task.get_name())
        if result.task.action == RELEASES:
            self._notes += reported(dict(result.result))

    def _keep(self, result: Any) -> None:
        """Keep the message of a failure."""
        host, task = result.host.get_name(), result.task
        self._failures.append(failure(host, short(task.get_name()), task.get_path(), dict(result.result)))

    def v2_runner_on_failed(self, result: Any, **kwargs: Any) -> None:
        """Keep the message until it is known whether the run failed by it."""
        self._keep(result)
        super().v2_runner_on_failed(result, **kwargs)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep the message: an unreachable host always fails the run."""
        self._keep(result)
        super().v2_runner_on_unreachable(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """End the last phase and say what changed, or what failed and where the rest is."""
        super().v2_playbook_on_stats(stats)
        failed = bool(stats.failures or stats.dark)
        self._print(self._timeline.leave(time.monotonic(), "FAILED" if failed else ""))
        if failed:
            self._print(self._failures[-1] if self._failures else None)
            self._print(f"  Full log: {C.DEFAULT_LOG_PATH}" if C.DEFAULT_LOG_PATH else None)
        else:
            self._print("\n".join(["", f"  {self._timeline.summary()}", *self._notes]))
