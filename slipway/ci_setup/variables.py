"""The GitLab variables of one environment."""

from __future__ import annotations

from dataclasses import dataclass, field

MASKABLE_LENGTH = 8  # GitLab masks single-line values from this length on


@dataclass(frozen=True)
class Variable:
    """One CI/CD variable of type File. `value` is a secret for all but the known hosts: it is never shown."""

    key: str
    value: str = field(repr=False)
    scope: str
    protected: bool

    @property
    def masked(self) -> bool:
        """Whether GitLab can hide it in job logs: single-line values only."""
        return "\n" not in self.value.strip() and len(self.value.strip()) >= MASKABLE_LENGTH

    def fields(self) -> dict[str, str | bool]:
        """Return the attributes for GitLab's project variables API.

        Source: https://docs.gitlab.com/api/project_level_variables/
        """
        return {
            "key": self.key,
            "value": self.value.strip() if self.masked else self.value,
            "variable_type": "file",
            "environment_scope": self.scope,
            "protected": self.protected,
            "masked": self.masked,
            "raw": True,
        }
