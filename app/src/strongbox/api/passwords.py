"""Make passwords. Open to anyone; nothing is kept."""

from __future__ import annotations

from marshmallow import Schema, fields

from strongbox.api.blueprint import JsonBlueprint
from strongbox.generator.generate import Made, make_passphrase, make_password
from strongbox.generator.policy import PassphrasePolicy, PasswordPolicy
from strongbox.limits import generating
from strongbox.schemas import PassphrasePolicySchema, PasswordPolicySchema

blueprint = JsonBlueprint("Passwords", __name__, url_prefix="/api/v1", description="Made, shown once, kept nowhere.")


class MadeSchema(Schema):
    """What was made."""

    password = fields.String(required=True)
    bits = fields.Float(required=True, metadata={"description": "Entropy: log2 of how many could have come out."})


@blueprint.post("/passwords")
@blueprint.arguments(PasswordPolicySchema)
@blueprint.response(200, MadeSchema)
@blueprint.alt_response(429, description="Too many at once.")
@generating
def password(policy: PasswordPolicy) -> Made:
    """Make a password; every one that meets the policy is equally likely."""
    return make_password(policy)


@blueprint.post("/passphrases")
@blueprint.arguments(PassphrasePolicySchema)
@blueprint.response(200, MadeSchema)
@blueprint.alt_response(429, description="Too many at once.")
@generating
def passphrase(policy: PassphrasePolicy) -> Made:
    """Make a passphrase of words."""
    return make_passphrase(policy)
