"""One e-mail address: whether it is one, and the form in which two texts are the same address."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from integrations.core.text import one_line, shorten

LONGEST = 254
"""Bytes of an address (RFC 5321, erratum 1690)."""

_PLAIN = re.compile(
    r"[a-z0-9_'+-]+(?:\.[a-z0-9_'+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?!(?:arpa|invalid|local|localhost|onion)\Z)[a-z]{2,}"
)
"""What certainly is an address, normalised already, if it is short: others take the long way, thirty times slower."""
_SHORT = 64
"""Characters: shorter than any part of an address may be, so that no part needs to be measured."""


class Address(NamedTuple):
    """One of the addresses of a field, or what stands there instead of one.

    Attributes:
        email: Normalised: lower-case, NFC, the domain as A-labels; empty where it is no address.
        typed: As it stands in the field.
        problem: Why it is no address, for a person.
    """

    email: str
    typed: str
    problem: str = ""


def plain(text: str) -> str:
    """An ordinary ASCII address, normalised; empty for anything else, which may be one all the same."""
    if len(text) > _SHORT or not text.isascii():
        return ""
    lowered = text.lower()
    return lowered if _PLAIN.fullmatch(lowered) else ""


def address(text: str) -> Address:
    """A text that has to be exactly one address, and nothing beside it. Never raises.

    Lower case, not case folding: that would make `strauß@` the mailbox `strauss@`, somebody else's. Look-alikes
    of other scripts stay apart for the same reason. Names that no mail reaches (`.local`, `.invalid`) are refused.
    """
    email = plain(text)
    if email:
        return Address(email, text)
    if len(text) > LONGEST:  # the library would look at each character of a novel
        return Address("", text, "it is too long")
    try:
        return Address(_validated(text), text)
    except ValueError as error:
        return Address("", text, _words(error))


def _validated(text: str) -> str:
    from email_validator import validate_email  # noqa: PLC0415  (30 ms; plain addresses do without)

    found = validate_email(text, check_deliverability=False, test_environment=True, allow_smtputf8=True)
    local = unicodedata.normalize("NFC", found.local_part.lower())
    email = f"{local}@{found.ascii_domain}"
    if len(email.encode()) > LONGEST:
        raise ValueError("it is too long.")
    return email


def _words(error: ValueError) -> str:
    """The library's sentence as part of one of ours."""
    sentence = one_line(str(error)).rstrip(".")
    return shorten(sentence[:1].lower() + sentence[1:], 160)
