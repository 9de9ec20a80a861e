"""Log in and out of the API."""

from __future__ import annotations

from marshmallow import Schema, fields

from strongbox import limits
from strongbox.api import bearer
from strongbox.api.blueprint import JsonBlueprint
from strongbox.due_rotation import rotate_if_due
from strongbox.exceptions import Refused
from strongbox.logs import log
from strongbox.schemas import CredentialsSchema, StrictSchema, Text
from strongbox.services import services

blueprint = JsonBlueprint("Tokens", __name__, url_prefix="/api/v1/tokens", description="Log in, stay in, log out.")

MAX_TOKEN = 2_000


class RefreshSchema(StrictSchema):
    """A refresh token."""

    refresh_token = Text(at_least=1, at_most=MAX_TOKEN)


class TokensSchema(Schema):
    """A pair of tokens."""

    access_token = fields.String(required=True, metadata={"description": "For the Authorization header."})
    refresh_token = fields.String(required=True, metadata={"description": "Good for one exchange against a new pair."})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds that the access token is good for."})


@blueprint.post("")
@blueprint.arguments(CredentialsSchema)
@blueprint.response(201, TokensSchema)
@blueprint.alt_response(401, description="The name or the password is wrong.")
@blueprint.alt_response(429, description="Too many wrong passwords.")
@limits.login_by_network
@limits.login_by_account
def log_in(credentials: dict[str, str]) -> dict[str, object]:
    """Get tokens for a name and a password. A key that is due is replaced on the way."""
    try:
        account = services().directory.authenticate(credentials["name"], credentials["password"])
    except Refused:
        log("login.refused")
        raise
    token_id = bearer.new_id()
    session_id = services().sessions.start(account.id, token_id)
    log("login", user=account.id)
    rotate_if_due(account.id)
    return _pair(session_id, token_id)


@blueprint.post("/refresh")
@blueprint.arguments(RefreshSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, description="The token is not good, or no longer.")
def refresh(given: dict[str, str]) -> dict[str, object]:
    """Exchange a refresh token. Used twice, it ends the session: it was in two hands."""
    claims = bearer.read("refresh", given["refresh_token"])
    sessions = services().sessions
    if sessions.find(claims["sid"]) is None:
        raise Refused("The session of this token has ended: log in again.")
    token_id = bearer.new_id()
    if not sessions.exchange(claims["sid"], claims["jti"], token_id):
        log("token.reused")
        raise Refused("This token was exchanged before. To be safe, the session is ended: log in again.")
    return _pair(claims["sid"], token_id)


@blueprint.delete("")
@blueprint.doc(security=[{"token": []}])
@blueprint.response(204)
@blueprint.alt_response(401, description="No good access token.")
@bearer.authenticated
def log_out() -> None:
    """End the session of this token, its refresh token included."""
    services().sessions.end(bearer.caller().session_id)
    log("logout", user=bearer.caller().user_id)


def _pair(session_id: str, token_id: str) -> dict[str, object]:
    return {
        "access_token": bearer.issue("access", session_id, bearer.new_id()),
        "refresh_token": bearer.issue("refresh", session_id, token_id),
        "expires_in": int(services().settings.access_token_life.total_seconds()),
    }
