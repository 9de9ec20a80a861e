"""What may come in, parsed, validated and documented in one place: for the pages' forms and for the API."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marshmallow import RAISE, Schema, ValidationError, fields, missing, post_load, validate

from strongbox import one_time_code
from strongbox.accounts import models, passwords
from strongbox.generator import policy
from strongbox.vault.record import Draft

PRINTABLE = r"^[^\x00]*$"
"""No null characters: programs that read an export may stop at them."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$"
MAX_TAGS = 20

LENGTH = "This must have from {min} to {max} characters."


class Form(validate.Regexp):
    """The whole of a text has the form of a pattern.

    marshmallow's own begins at the start only, and a pattern's `$` lets one newline follow. The patterns keep their
    `^` and `$` for the API's document: JSON Schema searches, and its `$` is the end.
    """

    def __init__(self, pattern: str, *, error: str) -> None:
        super().__init__(pattern, error=error)
        self._whole = re.compile(pattern)

    def __call__(self, value: str) -> str:  # type: ignore[override] # of text only
        """Return the text.

        Raises:
            ValidationError: a part of it does not belong.
        """
        if self._whole.fullmatch(value) is None:
            raise ValidationError(self.error)
        return value


class Text(fields.String):
    """Text of bounded length that can be stored and exported again."""

    def __init__(self, *, at_most: int, at_least: int = 0, pattern: str = PRINTABLE, help: str = "") -> None:  # noqa: A002 - as argparse
        checks = [
            validate.Length(at_least, at_most, error=LENGTH),
            Form(pattern, error="This is not of the right form."),
        ]
        required = at_least > 0
        super().__init__(
            required=required,
            load_default=missing if required else "",
            validate=checks,
            metadata={"description": help} if help else {},
        )

    def _deserialize(self, value: object, attr: str | None, data: Mapping[str, object] | None, **more: object) -> str:
        text: str = super()._deserialize(value, attr, data, **more)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValidationError("This is not valid text.") from None
        return text


class WholeNumber(fields.Integer):
    """A JSON number without a fraction; text or `true` will not do."""

    def _deserialize(self, value: object, attr: str | None, data: Mapping[str, object] | None, **more: object) -> int:
        if type(value) is not int:
            raise ValidationError("This must be a whole number.")
        number: int = super()._deserialize(value, attr, data, **more)
        return number


class YesNo(fields.Boolean):
    """`true` or `false`, and nothing like them."""

    def _deserialize(self, value: object, attr: str | None, data: Mapping[str, object] | None, **more: object) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("This must be true or false.")
        return bool(super()._deserialize(value, attr, data, **more))


class StrictSchema(Schema):
    """An unknown field is an error, not something to skip."""

    class Meta:
        """For marshmallow."""

        unknown = RAISE


def _least(kind: str) -> WholeNumber:
    return WholeNumber(
        load_default=1,
        validate=validate.Range(0, policy.MAX_LENGTH, error=f"{kind}: the number must be from {{min}} to {{max}}."),
        metadata={"description": f"{kind} at least; 0 leaves them out."},
    )


class PasswordPolicySchema(StrictSchema):
    """Length 8-128, and how many of each kind of character at least."""

    length = WholeNumber(
        load_default=20,
        validate=validate.Range(policy.MIN_LENGTH, policy.MAX_LENGTH, error="The length must be from {min} to {max}."),
    )
    lower = _least("Lower-case letters")
    upper = _least("Upper-case letters")
    digits = _least("Digits")
    symbols = _least("Symbols")
    exclude_look_alikes = YesNo(load_default=False, metadata={"description": "Without l, 1, O, 0 and the like."})

    @post_load
    def build(self, data: dict[str, int], **_: object) -> policy.PasswordPolicy:
        """Make the policy; one that no password can meet is refused."""
        return policy.PasswordPolicy(**data)  # type: ignore[arg-type] # marshmallow has checked them


class PassphrasePolicySchema(StrictSchema):
    """How many words, and what stands between them."""

    words = WholeNumber(
        load_default=6,
        validate=validate.Range(policy.MIN_WORDS, policy.MAX_WORDS, error="The number must be from {min} to {max}."),
    )
    separator = fields.String(
        load_default="-", validate=validate.OneOf(["-", ".", "_", " "]), metadata={"description": "Between the words."}
    )

    @post_load
    def build(self, data: dict[str, object], **_: object) -> policy.PassphrasePolicy:
        """Make the policy."""
        return policy.PassphrasePolicy(**data)  # type: ignore[arg-type] # marshmallow has checked them


class CredentialsSchema(StrictSchema):
    """A name and a password."""

    name = Text(at_least=3, at_most=models.NAME_LENGTH, pattern=NAME, help="Letters, digits, dot, dash, underscore.")
    password = Text(at_least=1, at_most=passwords.MAX_LENGTH)


class PasswordSchema(StrictSchema):
    """The password again, before something grave."""

    password = Text(at_least=1, at_most=passwords.MAX_LENGTH)


class PasswordChangeSchema(PasswordSchema):
    """The old password and the new one."""

    new_password = Text(at_least=1, at_most=passwords.MAX_LENGTH)


class ExportPassphraseSchema(PasswordSchema):
    """The password, and a passphrase for the copy."""

    passphrase = Text(at_least=passwords.MIN_LENGTH, at_most=passwords.MAX_LENGTH)


class CopyPassphraseSchema(StrictSchema):
    """The passphrase that a copy was made with."""

    passphrase = Text(at_least=1, at_most=passwords.MAX_LENGTH)


class RecordSchema(StrictSchema):
    """A private record."""

    title = Text(at_least=1, at_most=200)
    username = Text(at_most=500)
    secret = Text(at_most=5_000)
    url = Text(at_most=2_000)
    notes = Text(at_most=20_000)
    otp = Text(
        at_most=1_000,
        pattern=one_time_code.KEPT,
        help="Seed of one-time codes (RFC 6238), base32 without padding; with algorithm, digits and period in this "
        "order as a key URI where they are not SHA1, 6 and 30.",
    )
    tags = fields.List(
        fields.String(
            validate=[
                validate.Length(1, 50, error="A tag has from {min} to {max} characters."),
                Form(r"^[^\x00,]*$", error="A tag holds neither a comma nor a null character."),
            ]
        ),
        load_default=list,
        validate=validate.Length(max=MAX_TAGS, error="There can be at most {max} tags."),
    )

    @post_load
    def build(self, data: dict[str, object], **_: object) -> Draft:
        """Make the draft."""
        return Draft(**{**data, "tags": tuple(data["tags"])})  # type: ignore[arg-type] # checked
