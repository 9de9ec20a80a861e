"""Findings on a terminal: complete, readable, 80 columns."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report, worst

LONG = Finding(
    "PORT_TAKEN",
    "Port 443/tcp of web1 is taken by nginx (process 4711); Caddy needs it, and this sentence goes on.",
    "nginx on web1",
    "sudo systemctl status 4711   # then: systemctl disable --now UNIT; it has many workers",
)
WARNING = Finding("DISTRIBUTION_UNTESTED", "web1 runs Ubuntu 24.04.", severity="warning")


def test_a_report_shows_errors_first_numbered_with_place_and_command() -> None:
    assert report([WARNING, LONG]) == (
        "1. Port 443/tcp of web1 is taken by nginx (process 4711); Caddy needs it, and\n"
        "   this sentence goes on. [PORT_TAKEN]\n"
        "   where   nginx on web1\n"
        "   next    sudo systemctl status 4711   # then: systemctl disable --now UNIT; it has many workers\n"
        "\n"
        "2. warning: web1 runs Ubuntu 24.04. [DISTRIBUTION_UNTESTED]"
    )


def test_sentences_fit_80_columns_and_commands_stay_whole() -> None:
    lines = report([LONG, WARNING]).splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith("   next")] == []


def test_the_worst_finding_is_the_exit_code() -> None:
    notice = Finding("NOTE", "All is well.", severity="notice")
    assert (worst([]), worst([notice]), worst([notice, WARNING]), worst([WARNING, LONG])) == (0, 0, 1, 2)
