"""Visitors in numbers: an open-loop load generator that runs in the rig's visitor, and what it reports."""

from __future__ import annotations

from .run import Load, Report

__all__ = ["Load", "Report"]
