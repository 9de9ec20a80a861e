"""What is wrong, with its value, where to change it and what to run next: one form for every command that judges."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.module_utils.findings.finding import Finding, Severity, worst

from .report import report

__all__ = ["Finding", "Severity", "report", "worst"]
