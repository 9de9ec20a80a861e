"""The pages' tests look by the API, too, at what was kept."""

from __future__ import annotations

from tests.api.conftest import other, program

__all__ = ["other", "program"]
