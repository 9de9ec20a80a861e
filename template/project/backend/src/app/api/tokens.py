"""Log in, stay logged in, log out."""

from __future__ import annotations

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app.accounts import logins
from app.accounts.passwords import LONGEST
from app.api.authentication import current_login, needs_login
from app.api.refusal import UNAUTHORIZED, refuse
from app.database import session

blueprint = Blueprint("tokens", __name__, url_prefix="/api/tokens", description="Log in, stay logged in, log out")


class CredentialsSchema(Schema):
    """Who wants to log in."""

    email = fields.Email(required=True)
    password = fields.String(required=True, load_only=True, validate=validate.Length(max=LONGEST))


class RefreshSchema(Schema):
    """A refresh token."""

    refresh_token = fields.String(required=True, load_only=True, validate=validate.Length(max=LONGEST))


class TokensSchema(Schema):
    """An access token for requests, and what renews it."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "life of the access token in seconds"})


@blueprint.route("")
class Tokens(MethodView):
    """The tokens of a login."""

    @blueprint.arguments(CredentialsSchema)
    @blueprint.response(201, TokensSchema)
    @blueprint.alt_response(UNAUTHORIZED, description="E-mail or password is wrong")
    def post(self, given: dict[str, str]) -> logins.Tokens:
        """Log in."""
        try:
            with session() as opened:
                return logins.begin(opened, given["email"], given["password"])
        except logins.RefusedError:
            refuse(UNAUTHORIZED, "E-mail or password is wrong.")

    @needs_login
    @blueprint.response(204)
    def delete(self) -> None:
        """Log out: neither token counts any more."""
        with session() as opened:
            logins.end(opened, current_login().id)


@blueprint.route("/refresh")
class Refresh(MethodView):
    """New tokens for an old one."""

    @blueprint.arguments(RefreshSchema)
    @blueprint.response(201, TokensSchema)
    @blueprint.alt_response(UNAUTHORIZED, description="The token does not count")
    def post(self, given: dict[str, str]) -> logins.Tokens:
        """Trade the refresh token for new tokens. One that is used twice ends the login."""
        with session() as opened:
            tokens = logins.refresh(opened, given["refresh_token"])
        if tokens is None:
            refuse(UNAUTHORIZED, "Log in again.")
        return tokens
