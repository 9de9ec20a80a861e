"""Users and their groups."""

from __future__ import annotations

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.accounts import users
from app.accounts.passwords import LONGEST, SHORTEST
from app.api.authentication import current_user, needs_group, needs_login
from app.api.refusal import CONFLICT, refuse
from app.database import session
from app.models import User

blueprint = Blueprint("users", __name__, url_prefix="/api/users", description="Users and their groups")
MOST = 1000


class NewUserSchema(Schema):
    """Who signs up."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = fields.String(required=True, load_only=True, validate=validate.Length(SHORTEST, LONGEST))


class UserSchema(Schema):
    """A user."""

    id = fields.UUID(required=True)
    email = fields.Email(required=True)
    groups = fields.Function(lambda user: [group.name for group in user.groups], metadata={"type": "array"})


@blueprint.route("")
class Users(MethodView):
    """All users."""

    @blueprint.arguments(NewUserSchema)
    @blueprint.response(201, UserSchema)
    @blueprint.alt_response(CONFLICT, description="The address has an account")
    def post(self, given: dict[str, str]) -> User:
        """Sign up."""
        try:
            with session() as opened:
                return users.sign_up(opened, given["email"], given["password"])
        except users.TakenError:
            refuse(CONFLICT, "This e-mail address has an account.")

    @needs_group(users.ADMIN)
    @blueprint.response(200, UserSchema(many=True))
    def get(self) -> list[User]:
        """List them; for admins."""
        with session() as opened:
            return list(opened.scalars(select(User).order_by(User.email).limit(MOST)))


@blueprint.route("/me")
class Me(MethodView):
    """Who is asking."""

    @needs_login
    @blueprint.response(200, UserSchema)
    def get(self) -> User:
        """Return who is asking."""
        return current_user()
