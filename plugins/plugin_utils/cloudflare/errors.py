"""What can go wrong between here and Cloudflare, one type for each way out."""

from __future__ import annotations

TOKENS_PAGE = "https://dash.cloudflare.com/profile/api-tokens"


class CloudflareError(RuntimeError):
    """Root of the tree; the message says what, the value, where to change it and the next command."""


class TokenRefusedError(CloudflareError):
    """The API token is unknown, expired or malformed."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"Cloudflare refuses the API token ({said}). "
            f"Make a new one at {TOKENS_PAGE} and put it into the vault as `vault_cloudflare_api_token`."
        )


class PermissionMissingError(CloudflareError):
    """The token is good, but may not do this; `permission` is what to add to it."""

    def __init__(self, permission: str, action: str, said: str) -> None:
        self.permission = permission
        super().__init__(
            f"The API token may not {action} ({said}). It lacks the permission `{permission}`: "
            f"add it at {TOKENS_PAGE}, then run the same command again."
        )


class RateLimitedError(CloudflareError):
    """Cloudflare asks for more patience than a command should have."""

    def __init__(self, action: str, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(
            f"Cloudflare limits the rate of requests and asks to wait {wait_s:.0f} s before trying to {action}. "
            "Nothing is half done: run the same command again after that time."
        )


class CloudflareUnavailableError(CloudflareError):
    """No answer, or answers of 500 and above, after every retry."""

    def __init__(self, action: str, said: str, tries: int) -> None:
        super().__init__(
            f"Cloudflare's API did not answer properly when asked to {action} ({said}; {tries} tries). "
            "See https://www.cloudflarestatus.com; run the same command again later, it goes on where it stopped."
        )


class RequestRefusedError(CloudflareError):
    """Cloudflare understood and said no."""

    def __init__(self, action: str, status: int, codes: tuple[int, ...], said: str) -> None:
        self.status = status
        self.codes = codes
        super().__init__(f"Cloudflare refused to {action}: {said} (HTTP {status}).")


class RecordTakenError(CloudflareError):
    """A DNS record of that name exists and leads elsewhere."""

    def __init__(self, name: str, existing: str) -> None:
        super().__init__(
            f"{name} exists already and leads elsewhere: {existing}. Nothing was changed. Choose another name in "
            "`slipway_apps[].domains`, or replace the record: `slipway tunnel ENV --force`."
        )


class TunnelUnusableError(CloudflareError):
    """A tunnel of that name exists, but can't be used as it is."""
