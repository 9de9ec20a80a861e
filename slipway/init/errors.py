"""What stops `slipway init`."""

from __future__ import annotations

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED, SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report


class InitError(SlipwayError):
    """Something that only the user can decide or mend; the message is a finding, ready to print."""

    exit_code = REFUSED

    def __init__(self, code: str, what: str, where: str, command: str) -> None:
        self.finding = Finding(code, what, where, command)
        super().__init__(report([self.finding]))
