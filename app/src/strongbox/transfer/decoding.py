"""From the bytes of a file to its text: UTF-8 or UTF-16, as programs export it."""

from __future__ import annotations

import codecs

from strongbox.exceptions import Invalid

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes) -> str:
    """Return the text of a file.

    Raises:
        Invalid: it is neither; a guess at older encodings would garble passwords.
    """
    try:
        return content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(
            "file", "The file is not text in UTF-8 or UTF-16: export it as CSV, and choose UTF-8 where it is asked for."
        ) from None
