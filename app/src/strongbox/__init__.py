"""Strongbox: a password generator, and private records in one encrypted database per user."""

from __future__ import annotations

from strongbox.factory import create_app

__all__ = ["create_app"]
